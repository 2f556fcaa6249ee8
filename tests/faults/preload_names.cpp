// The preloaded library's second half: operations on names and folders. See preload.cpp.
#include <dirent.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <mutex>

#include "tests/faults/preload.h"

namespace {

using fault::is_under;
using fault::is_watched;
using fault::operation_fails;
using fault::record;
using fault::state;

/// Whether a name in a folder counts: it is in a folder that does.
bool counts(int folder, const char* path) {
  return path != nullptr && path[0] != '/' && folder != AT_FDCWD ? is_watched(folder)
                                                                 : is_under(path);
}

/// The whole path of a name in an open folder. Takes no memory, which may be what fails.
struct PathOf {
  char text[4096] = {};

  PathOf(int folder, const char* name) {
    if (folder == AT_FDCWD || name[0] == '/') {
      std::snprintf(text, sizeof text, "%s", name);
      return;
    }
    char link[64];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    const ssize_t length = readlink(link, text, sizeof text - 1);
    const auto at = static_cast<std::size_t>(length > 0 ? length : 0);
    std::snprintf(text + at, sizeof text - at, "/%s", name);
  }
};

template <class Real>
int renamed(const char* from, const char* to, Real real) {
  const std::lock_guard<std::mutex> lock(state().mutex);
  if (operation_fails("rename", to, ENOSPC)) return -1;
  const int result = real();
  if (result == 0) record("rename %s\t%s\n", from, to);
  return result;
}

template <class Real>
int removed(const char* what, const char* path, Real real) {
  const std::lock_guard<std::mutex> lock(state().mutex);
  if (operation_fails(what, path, EIO)) return -1;
  const int result = real();
  if (result == 0) record("unlink %s\n", path);
  return result;
}

}  // namespace

extern "C" {

int truncate(const char* path, off_t length) {
  if (!is_under(path)) return NEXT(truncate)(path, length);
  const std::lock_guard<std::mutex> lock(state().mutex);
  if (operation_fails("truncate", path, EIO)) return -1;
  record("truncatepath %lld %s\n", static_cast<long long>(length), path);
  return NEXT(truncate)(path, length);
}
int truncate64(const char* path, off64_t length) { return truncate(path, length); }
int rename(const char* from, const char* to) {
  const auto real = NEXT(rename);
  if (!is_under(to)) return real(from, to);
  return renamed(from, to, [&] { return real(from, to); });
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) {
  const auto real = NEXT(renameat2);
  if (!counts(to_folder, to)) return real(from_folder, from, to_folder, to, flags);
  return renamed(PathOf(from_folder, from).text, PathOf(to_folder, to).text,
                 [&] { return real(from_folder, from, to_folder, to, flags); });
}
int unlink(const char* path) {
  const auto real = NEXT(unlink);
  return is_under(path) ? removed("unlink", path, [&] { return real(path); }) : real(path);
}
int remove(const char* path) {
  const auto real = NEXT(remove);
  return is_under(path) ? removed("remove", path, [&] { return real(path); }) : real(path);
}
int unlinkat(int folder, const char* path, int flags) {
  const auto real = NEXT(unlinkat);
  if (!counts(folder, path)) return real(folder, path, flags);
  return removed("unlink", PathOf(folder, path).text, [&] { return real(folder, path, flags); });
}
int mkdir(const char* path, mode_t mode) {
  if (!is_under(path)) return NEXT(mkdir)(path, mode);
  const std::lock_guard<std::mutex> lock(state().mutex);
  if (operation_fails("mkdir", path, ENOSPC)) return -1;
  const int result = NEXT(mkdir)(path, mode);
  if (result == 0) record("mkdir %s\n", path);
  return result;
}

// Folders are opened, read and closed like this by the C++ library.
int openat(int folder, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? static_cast<mode_t>(va_arg(arguments, int)) : 0;
  va_end(arguments);
  const auto real = NEXT(openat);
  if (!counts(folder, path)) return real(folder, path, flags, mode);
  return fault::open_counted(PathOf(folder, path).text, flags,
                             [&] { return real(folder, path, flags, mode); });
}
dirent* readdir(DIR* folder) {
  if (is_watched(dirfd(folder)) && operation_fails("readdir", "", EIO)) return nullptr;
  return NEXT(readdir)(folder);
}
int closedir(DIR* folder) {
  if (is_watched(dirfd(folder))) state().watched[dirfd(folder)] = false;
  return NEXT(closedir)(folder);
}

// What is known of a file. A name that is not there fails already, for that reason.
int stat(const char* path, struct stat* out) {
  const int result = NEXT(stat)(path, out);
  return result == 0 && is_under(path) && operation_fails("stat", path, EIO) ? -1 : result;
}
int lstat(const char* path, struct stat* out) {
  const int result = NEXT(lstat)(path, out);
  return result == 0 && is_under(path) && operation_fails("stat", path, EIO) ? -1 : result;
}
int fstat(int fd, struct stat* out) {
  if (is_watched(fd) && operation_fails("stat", "", EIO)) return -1;
  return NEXT(fstat)(fd, out);
}
int flock(int fd, int operation) {
  if (is_watched(fd) && operation_fails("flock", "", ENOLCK)) return -1;
  return NEXT(flock)(fd, operation);
}
}  // extern "C"
