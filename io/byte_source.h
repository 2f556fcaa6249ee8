// Bytes that are read in parts, of a file or of memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "io/file.h"
#include "io/open_file.h"
#include "kernels/core/error.h"

namespace fgcn {

class ByteSource {
 public:
  /// InputError as OpenFile's.
  explicit ByteSource(const std::filesystem::path& path)
      : file_(std::make_unique<OpenFile>(path)), size_(file_->size()) {}
  /// Borrows the bytes.
  explicit ByteSource(std::span<const std::uint8_t> bytes) : bytes_(bytes), size_(bytes.size()) {}

  std::uint64_t size() const { return size_; }
  /// The caller has checked that the bytes lie inside.
  void read(std::uint64_t offset, std::span<std::uint8_t> to) const {
    FGCN_CHECK(offset <= size_ && to.size() <= size_ - offset, "ByteSource: beyond the end");
    if (file_) return file_->read(offset, to);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), to.size(), to.begin());
  }
  Bytes read(std::uint64_t offset, std::uint64_t count) const {
    FGCN_CHECK(offset <= size_ && count <= size_ - offset, "ByteSource: beyond the end");
    Bytes out(static_cast<std::size_t>(count));
    read(offset, std::span(out));
    return out;
  }

 private:
  std::unique_ptr<OpenFile> file_;
  std::span<const std::uint8_t> bytes_;
  std::uint64_t size_;
};

}  // namespace fgcn
