// A file that is read in parts: its head can be judged before the rest takes memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace fgcn {

class InputFile {
 public:
  /// InputError when it is missing, not a regular file or unreadable.
  explicit InputFile(const std::filesystem::path& path);
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  /// When it was opened.
  std::uint64_t size() const { return size_; }
  /// Fills `out` with the bytes from `offset` on. InputError when the file is shorter by now, or
  /// unreadable.
  void read(std::uint64_t offset, std::span<std::uint8_t> out) const;

 private:
  std::string where_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace fgcn
