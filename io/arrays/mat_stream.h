// The bytes of a MAT 5 file's variables, as they lie there or unpacked.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "io/input_file.h"

namespace fgcn::io {

/// Reads on and on from a part of a file; of a packed part what zlib unpacks.
///
/// Errors   InputError naming `where` where the part ends too early or is damaged.
class MatStream {
 public:
  enum class Packing { kNone, kZlib };
  using Words = std::array<std::uint32_t, 2>;

  MatStream(const InputFile& file, std::uint64_t begin, std::uint64_t end, Packing packing,
            const std::string& where);
  MatStream(const MatStream&) = delete;
  MatStream& operator=(const MatStream&) = delete;
  ~MatStream();

  void read(std::span<std::uint8_t> out);
  Words words();
  void skip(std::uint64_t count);
  /// Of a packed part the rest, up to its checksum.
  void finish();
  /// Bytes read so far.
  std::uint64_t position() const { return position_; }
  [[noreturn]] void damaged() const;

 private:
  struct Unpacker;
  void raw(std::span<std::uint8_t> out);

  const InputFile& file_;
  std::uint64_t at_, end_, position_ = 0;
  const std::string& where_;
  std::unique_ptr<Unpacker> unpacker_;
};

}  // namespace fgcn::io
