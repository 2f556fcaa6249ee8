#include "io/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <utility>

#include "io/temporary_files.h"
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

/// A hidden name in the folder of `path` that no other file of this process takes.
fs::path temporary_name(const fs::path& path) {
  static std::atomic<unsigned> counter{0};  // names differ between threads of one process
  constexpr std::size_t kLongest = 200;     // of the 255 bytes that file systems allow
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  return folder / text(".", path.filename().string().substr(0, kLongest), ".", ::getpid(), ".",
                       counter.fetch_add(1), ".tmp");
}

/// Renames, but never over another file; where the file system cannot promise that, as a plain
/// rename after a look. False with errno set when it fails.
bool rename_to_new(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno != EINVAL && errno != ENOSYS) return false;
  struct stat info {};
  if (::lstat(to.c_str(), &info) == 0) {
    errno = EEXIST;
    return false;
  }
  return ::rename(from.c_str(), to.c_str()) == 0;
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
  // The new file takes the name: a device or pipe of that name would be gone.
  struct stat there {};
  const bool exists = ::stat(path_.c_str(), &there) == 0;
  if (exists && !S_ISREG(there.st_mode) && !S_ISDIR(there.st_mode))
    input_error(path_.string(), ": is no regular file; give the name of a file");
  temporary_ = temporary_name(path_);
  note_temporary(temporary_.string());
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor_ < 0) {
    const int failed = errno;
    forget_temporary(temporary_.string());
    errno = failed;
    refuse("created");
  }
}

FileWriter::~FileWriter() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!kept_) ::unlink(temporary_.c_str());
  forget_temporary(temporary_.string());
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

void FileWriter::flush() {
  if (descriptor_ < 0) return;
  if (::fsync(descriptor_) != 0) refuse("written");
  // A full disk may show only here.
  if (::close(std::exchange(descriptor_, -1)) != 0) refuse("written");
}

void FileWriter::commit() {
  flush();
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) refuse("renamed into place");
  kept_ = true;
  sync_folder(path_.has_parent_path() ? path_.parent_path() : fs::path("."));
}

struct FileSet::Member {
  FileWriter file;
  fs::path older;  // under which an older file of the name waits; empty: there was none
  explicit Member(const fs::path& path) : file(path) {}
};

FileSet::FileSet(fs::path folder) : folder_(std::move(folder)) {}
FileSet::~FileSet() { undo(); }

void FileSet::undo() noexcept {
  for (const auto& member : members_) {
    FileWriter& file = member->file;
    if (std::exchange(file.kept_, false)) ::unlink(file.path_.c_str());
    if (!member->older.empty()) ::rename(member->older.c_str(), file.path_.c_str());
  }
  members_.clear();
}

void FileSet::add(const std::string& name, std::span<const std::uint8_t> data) {
  for (const auto& member : members_)
    FGCN_CHECK(member->file.path_ != folder_ / name, "file set: ", name, " is in it already");
  members_.push_back(std::make_unique<Member>(folder_ / name));
  members_.back()->file.write(data);
}

void FileSet::add(const std::string& name, std::string_view data) {
  add(name, std::span(reinterpret_cast<const std::uint8_t*>(data.data()), data.size()));
}

void FileSet::flush() {
  for (const auto& member : members_) member->file.flush();
}

void FileSet::set_aside() {
  for (auto at = members_.rbegin(); at != members_.rend(); ++at) {
    const FileWriter& file = (*at)->file;
    struct stat info {};
    if (::lstat(file.path_.c_str(), &info) != 0) continue;
    if (S_ISDIR(info.st_mode)) {
      errno = EISDIR;
      file.refuse("renamed into place");
    }
    const fs::path waiting = temporary_name(file.path_);
    if (::rename(file.path_.c_str(), waiting.c_str()) != 0) file.refuse("renamed into place");
    (*at)->older = waiting;
  }
}

void FileSet::place() {
  for (const auto& member : members_) {
    FileWriter& file = member->file;
    if (!rename_to_new(file.temporary_, file.path_)) file.refuse("renamed into place");
    file.kept_ = true;
  }
}

void FileSet::commit(Existing existing) {
  std::optional<Undivided> until_all_are_there;
  try {
    flush();
    until_all_are_there.emplace();
    if (existing == Existing::kReplace) set_aside();
    place();
  } catch (...) {
    undo();
    throw;
  }
  for (const auto& member : members_)
    if (!member->older.empty()) ::unlink(member->older.c_str());
  members_.clear();
  sync_folder(folder_.empty() ? fs::path(".") : folder_);
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
