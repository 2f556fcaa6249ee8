#include "io/open_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "kernels/core/error.h"

namespace fgcn {

OpenFile::OpenFile(const std::filesystem::path& path) : name_(path.string()) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) input_error(name_, ": cannot be opened (", std::strerror(errno), "); check the path");
  struct stat info {};
  const bool known = ::fstat(fd, &info) == 0;
  const int failed = known ? 0 : errno;
  const bool regular = known && S_ISREG(info.st_mode);
  if (!regular) ::close(fd);
  if (failed != 0) input_error(name_, ": cannot be read (", std::strerror(failed), ")");
  if (!regular) input_error(name_, ": is not a regular file; give a file");
  descriptor_ = fd;
  size_ = static_cast<std::uint64_t>(info.st_size);
}

OpenFile::~OpenFile() { ::close(descriptor_); }

void OpenFile::read(std::uint64_t offset, std::span<std::uint8_t> to) const {
  std::size_t done = 0;
  while (done < to.size()) {
    const ssize_t got =
        ::pread(descriptor_, to.data() + done, to.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) input_error(name_, ": cannot be read (", std::strerror(errno), ")");
    if (got == 0)
      input_error(name_, ": ends at byte ", offset + done, ", was ", size_,
                  " bytes when it was opened; copy the file again");
    done += static_cast<std::size_t>(got);
  }
}

Bytes OpenFile::read(std::uint64_t offset, std::uint64_t bytes) const {
  if (offset > size_ || bytes > size_ - offset)
    input_error(name_, ": has ", size_, " bytes, too few for ", bytes, " from byte ", offset);
  Bytes out(bytes);
  read(offset, out);
  return out;
}

}  // namespace fgcn
