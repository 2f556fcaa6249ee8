// Python's pickles, read as data: nothing is imported, called or constructed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/file.h"
#include "kernels/core/error.h"

namespace fgcn::io {

enum class PickleKind {
  kNone,
  kBool,
  kInteger,
  kLong,  // beyond 64 bits
  kReal,
  kBytes,  // a string of Python 2 too
  kText,
  kList,
  kTuple,
  kSet,
  kDict,  // an OrderedDict too
  kGlobal,
  kObject,
  kPersistent
};

/// The number of a value within its Pickle.
using PickleId = std::uint32_t;

/// One value. It names its parts by number, so that they may be shared or go round in a circle.
struct PickleValue {
  PickleKind kind = PickleKind::kNone;
  std::int64_t integer = 0;  // of kBool and kInteger
  double real = 0;           // of kReal
  /// kText: as it lies in the file, UTF-8 by the format, unchecked. kBytes. kLong: little-endian
  /// two's complement. kGlobal: module, blank, name.
  std::string_view text{};
  /// The parts of a list, tuple or set. kDict: key, value, key, value. kObject: the global that
  /// Python would call, its arguments (a tuple), then the state where one was set. kPersistent: the
  /// name that the file gives it.
  std::vector<PickleId> items{};
};

/// The file ends within the pickle.
class PickleCutOff : public InputError {
 public:
  using InputError::InputError;
};

enum class Persistent { kRefuse, kAllow };  // values that lie beside the pickle

struct PickleRules {
  /// "module name" each, of static storage.
  std::span<const std::string_view> globals;
  Persistent persistent = Persistent::kRefuse;
};

/// One pickle. Borrows the bytes that it was read from.
class Pickle {
 public:
  const PickleValue& root() const { return values_[root_]; }
  const PickleValue& operator[](PickleId id) const { return values_[id]; }
  std::size_t size() const { return values_.size(); }
  /// The value under a text or bytes key of a dictionary; the last one where a key repeats; nullptr
  /// where there is none.
  const PickleValue* find(const PickleValue& dict, std::string_view key) const;
  /// Of the pickle, up to and with its STOP.
  std::size_t bytes() const { return bytes_; }

 private:
  friend class PickleMachine;
  std::vector<PickleValue> values_;
  std::deque<Bytes> decoded_;  // byte strings that the file holds as text
  PickleId root_ = 0;
  std::size_t bytes_ = 0;
};

/// Reads protocols 2 to 5. The first bytes must be a pickle; others may follow it.
///
/// Errors   InputError naming `where` and the opcode or global that `rules` do not know; for more
///          than 2^20 values, memo entries beyond 2^20 or marks nested deeper than 256.
///          PickleCutOff where the bytes end too early.
/// Source   the opcodes as Python's pickletools documents them.
Pickle parse_pickle(std::span<const std::uint8_t> bytes, const std::string& where,
                    const PickleRules& rules);

bool is_text(const PickleValue& value);  // kText or kBytes

}  // namespace fgcn::io
