#include "io/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "kernels/core/error.h"

namespace fgcn {

InputFile::InputFile(const std::filesystem::path& path)
    : where_(path.string()), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (descriptor_ < 0)
    input_error(where_, ": cannot be opened (", std::strerror(errno), "); check the path");
  struct stat info {};
  const bool known = ::fstat(descriptor_, &info) == 0;
  const int failed = errno;
  if (!known || !S_ISREG(info.st_mode)) {
    ::close(descriptor_);
    if (!known) input_error(where_, ": cannot be read (", std::strerror(failed), ")");
    input_error(where_, ": is not a regular file; give a file");
  }
  size_ = static_cast<std::uint64_t>(info.st_size);
}

InputFile::~InputFile() { ::close(descriptor_); }

void InputFile::read(std::uint64_t offset, std::span<std::uint8_t> out) const {
  while (!out.empty()) {
    const ssize_t got = ::pread(descriptor_, out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) input_error(where_, ": cannot be read (", std::strerror(errno), ")");
    if (got == 0) input_error(where_, ": became shorter while it was read; give a file at rest");
    out = out.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
}

}  // namespace fgcn
