// Inputs that are no files but changes of a well-formed one: what lies behind checksums, sizes and
// JSON is reached in one step.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "io/arrays/npz.h"
#include "io/arrays/safetensors.h"

namespace fgcn::fuzz {

/// The bytes of an input, one number after another; behind its end there are zeros.
class Script {
 public:
  explicit Script(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

  bool more() const { return !rest_.empty(); }
  std::uint64_t number(int bytes);
  std::uint8_t byte() { return static_cast<std::uint8_t>(number(1)); }
  /// Below `end`, which is positive.
  std::size_t below(std::size_t end) { return number(end > 256 ? 4 : 1) % end; }
  /// A byte says how long it is.
  std::string text();
  std::span<const std::uint8_t> rest() const { return rest_; }

 private:
  std::span<const std::uint8_t> rest_;
};

/// `file` after the changes of a script: values, ranges of values, extents, types, arrays and
/// metadata that go, come or are exchanged. Every array keeps the bytes that its shape and type
/// ask for, so that only what it means is wrong.
io::Safetensors changed(io::Safetensors file, Script& script);
io::Npz changed(io::Npz arrays, Script& script);

/// `file` with the checksums of its header called otherwise, a field that readers pass over: a
/// change of the arrays is then found by their meaning alone.
Bytes without_checksums(std::span<const std::uint8_t> file);

}  // namespace fgcn::fuzz
