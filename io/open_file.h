// A file that stays open, whose parts are read when they are asked for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "io/file.h"

namespace fgcn {

/// It keeps the file that was opened, also when another is renamed over it. Read, not mapped: a
/// mapped file that is cut short, or whose disk fails, ends the program with a signal.
///
/// Errors   InputError naming the file.
/// Repeat   reading needs no state: several threads may share one.
class OpenFile {
 public:
  /// InputError when it is missing, not a regular file or unreadable.
  explicit OpenFile(const std::filesystem::path& path);
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile();

  /// Bytes when it was opened.
  std::uint64_t size() const { return size_; }
  /// Fills `to` from `offset` on. InputError when the file ends before.
  void read(std::uint64_t offset, std::span<std::uint8_t> to) const;
  Bytes read(std::uint64_t offset, std::uint64_t bytes) const;

 private:
  std::string name_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace fgcn
