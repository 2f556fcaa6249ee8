#include "io/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "kernels/core/error.h"

namespace fgcn {
namespace {

namespace fs = std::filesystem;

/// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  int get() const { return value_; }

 private:
  int value_;
};

std::string reason() { return std::strerror(errno); }

/// A rename is on the disk only when the folder that holds the name is.
void sync_folder(const fs::path& folder) {
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() >= 0) ::fsync(fd.get());
}

}  // namespace

Bytes read_file(const fs::path& path, std::uint64_t max_bytes) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0)
    input_error(path.string(), ": cannot be opened (", reason(), "); check the path");
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0)
    input_error(path.string(), ": cannot be read (", reason(), ")");
  if (!S_ISREG(info.st_mode)) input_error(path.string(), ": is not a regular file; give a file");
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size > max_bytes)
    input_error(path.string(), ": is ", size, " bytes, more than the ", max_bytes,
                " accepted here");
  Bytes data(size);
  std::size_t done = 0;
  while (done < data.size()) {
    const ssize_t got = ::read(fd.get(), data.data() + done, data.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) input_error(path.string(), ": cannot be read (", reason(), ")");
    if (got == 0) break;  // the file shrank while it was read
    done += static_cast<std::size_t>(got);
  }
  data.resize(done);
  return data;
}

FileWriter::FileWriter(fs::path path) : path_(std::move(path)) {
  static std::atomic<unsigned> counter{0};  // names differ between threads of one process
  const fs::path folder = path_.has_parent_path() ? path_.parent_path() : fs::path(".");
  temporary_ = folder / text(".", path_.filename().string(), ".", ::getpid(), ".",
                             counter.fetch_add(1), ".tmp");
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor_ < 0) refuse("created");
}

FileWriter::~FileWriter() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!kept_) ::unlink(temporary_.c_str());
}

void FileWriter::refuse(const char* what) const {
  input_error(path_.string(), ": cannot be ", what, " (", reason(),
              "); check that the folder exists, is writable and has room");
}

void FileWriter::write(std::span<const std::uint8_t> data) {
  std::size_t done = 0;
  while (done < data.size()) {
    const ssize_t put = ::write(descriptor_, data.data() + done, data.size() - done);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) refuse("written");
    done += static_cast<std::size_t>(put);
  }
}

void FileWriter::commit() {
  if (::fsync(descriptor_) != 0) refuse("written");
  // A full disk may show only here.
  if (::close(std::exchange(descriptor_, -1)) != 0) refuse("written");
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) refuse("renamed into place");
  kept_ = true;
  sync_folder(path_.has_parent_path() ? path_.parent_path() : fs::path("."));
}

void write_file(const fs::path& path, std::span<const std::uint8_t> data) {
  FileWriter file(path);
  file.write(data);
  file.commit();
}

void write_file(const fs::path& path, std::string_view data) {
  write_file(path, std::span(reinterpret_cast<const std::uint8_t*>(data.data()), data.size()));
}

}  // namespace fgcn
