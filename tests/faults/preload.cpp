// A library to preload (LD_PRELOAD) that fails one chosen allocation or file operation of a
// program, or keeps a record of what the program does to the files of a folder. For fault_sweep.py
// and power_loss.py beside it. glibc only.
//   FAULT_UNDER=DIR     operations on this folder's files count, and descriptors opened in it
//   FAULT_ALLOC=N       the N-th allocation fails; N+: so do all later ones of 64 KiB or more
//   FAULT_IO=N          the N-th operation under FAULT_UNDER fails
//   FAULT_REPORT=FILE   at the end: "alloc COUNT", "io COUNT", "failed WHAT"
//   FAULT_RECORD=FILE   a line per change of a file, in order; what was written is in FILE.data
// Operations on names and folders are in preload_names.cpp.
#include "tests/faults/preload.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

// The C library's own names are reserved ones. NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
}
// NOLINTEND(bugprone-reserved-identifier)

namespace {

constexpr std::size_t kLarge = 64 * 1024;

long number(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? 0 : std::strtol(text, nullptr, 10);
}

}  // namespace

namespace fault {

State::State() {
  fail_allocation = number("FAULT_ALLOC");
  const char* allocation = std::getenv("FAULT_ALLOC");
  later_too = allocation != nullptr && std::strchr(allocation, '+') != nullptr;
  fail_operation = number("FAULT_IO");
  if (const char* folder = std::getenv("FAULT_UNDER"))
    std::snprintf(under, sizeof under, "%s", folder);
}

State& state() {
  alignas(State) static char room[sizeof(State)];
  static State* made = new (room) State;  // never destroyed: threads may outlive main
  return *made;
}

// --- file operations

bool is_under(const char* path) {
  const char* folder = state().under;
  const std::size_t length = std::strlen(folder);
  return length > 0 && path != nullptr && std::strncmp(path, folder, length) == 0 &&
         (path[length] == '/' || path[length] == 0);
}

bool is_watched(int fd) { return fd >= 0 && fd < kMostDescriptors && state().watched[fd]; }

bool operation_fails(const char* what, const char* path, int error) {
  State& s = state();
  if (++s.operations != s.fail_operation) return false;
  std::snprintf(s.failed, sizeof s.failed, "%s %s", what, path);
  errno = error;
  return true;
}

void record(const char* format, ...) {
  State& s = state();
  const char* path = std::getenv("FAULT_RECORD");
  if (path == nullptr) return;
  if (s.record < 0) {
    char data[1200];
    std::snprintf(data, sizeof data, "%s.data", path);
    s.record = NEXT(open)(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    s.data = NEXT(open)(data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  }
  char line[4096];
  va_list arguments;
  va_start(arguments, format);
  const int length = std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (NEXT(write)(s.record, line, static_cast<std::size_t>(length)) != length) std::abort();
}

int opened(int fd, const char* path, int flags) {
  if (fd < 0) return fd;
  if (fd < kMostDescriptors) state().watched[fd] = true;
  // A descriptor that only reads may still be flushed.
  record("open %d %s%s%s %s\n", fd, (flags & O_CREAT) != 0 ? "c" : "-",
         (flags & O_TRUNC) != 0 ? "t" : "-", (flags & O_APPEND) != 0 ? "a" : "-", path);
  return fd;
}

}  // namespace fault

namespace {

using fault::is_under;
using fault::is_watched;
using fault::operation_fails;
using fault::record;
using fault::State;
using fault::state;

void record_write(int fd, const void* bytes, std::size_t count, long long offset) {
  State& s = state();
  if (std::getenv("FAULT_RECORD") == nullptr) return;
  record("write %d %lld %llu %zu\n", fd, offset, static_cast<unsigned long long>(s.recorded),
         count);
  if (NEXT(write)(s.data, bytes, count) != static_cast<ssize_t>(count)) std::abort();
  s.recorded += count;
}

// --- allocations

/// OpenMP's runtime and the loader end the process themselves; nobody can do better.
bool may_fail(void* caller) {
  Dl_info info{};
  if (dladdr(caller, &info) == 0 || info.dli_fname == nullptr) return false;
  return std::strstr(info.dli_fname, "libgomp") == nullptr &&
         std::strstr(info.dli_fname, "ld-linux") == nullptr;
}

bool fails(std::size_t size, void* caller) {
  State& s = state();
  if (!s.started) return false;
  const long count = ++s.allocations;
  const long at = s.fail_allocation;
  if (at <= 0 || count < at) return false;
  if (count > at && !(s.later_too && size >= kLarge)) return false;
  if (!may_fail(caller)) {
    if (count == at) ++s.fail_allocation;  // the next one instead
    return false;
  }
  if (count == at) std::snprintf(s.failed, sizeof s.failed, "an allocation of %zu bytes", size);
  errno = ENOMEM;
  return true;
}

template <class Open>
int open_path(Open* real, const char* path, int flags, mode_t mode) {
  if (!is_under(path)) return real(path, flags, mode);
  return fault::open_counted(path, flags, [&] { return real(path, flags, mode); });
}

mode_t mode_of(int flags, va_list arguments) {
  return (flags & O_CREAT) != 0 ? static_cast<mode_t>(va_arg(arguments, int)) : 0;
}

__attribute__((destructor)) void report() {
  State& s = state();
  const char* path = std::getenv("FAULT_REPORT");
  if (path == nullptr) return;
  const int fd = NEXT(open)(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  char text[1024];
  const int length = std::snprintf(text, sizeof text, "alloc %ld\nio %ld\nfailed %s\n",
                                   s.allocations.load(), s.operations.load(), s.failed);
  if (fd >= 0 && NEXT(write)(fd, text, static_cast<std::size_t>(length)) != length) std::abort();
  NEXT(close)(fd);
}

}  // namespace

extern "C" {

// NOLINTNEXTLINE(bugprone-reserved-identifier): the C library's name
int __libc_start_main(int (*main)(int, char**, char**), int argc, char** argv, void (*before)(),
                      void (*after)(), void (*loader)(), void* stack) {
  static int (*real_main)(int, char**, char**) = nullptr;
  real_main = main;
  const auto real = NEXT(__libc_start_main);
  return real(
      [](int count, char** words, char** environment) {
        state().started = true;
        return real_main(count, words, environment);
      },
      argc, argv, before, after, loader, stack);
}

void* malloc(size_t size) {
  return fails(size, __builtin_return_address(0)) ? nullptr : __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
  return fails(count * size, __builtin_return_address(0)) ? nullptr : __libc_calloc(count, size);
}
void* realloc(void* old, size_t size) {
  return fails(size, __builtin_return_address(0)) ? nullptr : __libc_realloc(old, size);
}
void* memalign(size_t alignment, size_t size) {
  return fails(size, __builtin_return_address(0)) ? nullptr : __libc_memalign(alignment, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
  return fails(size, __builtin_return_address(0)) ? nullptr : __libc_memalign(alignment, size);
}
int posix_memalign(void** out, size_t alignment, size_t size) {
  if (fails(size, __builtin_return_address(0))) return ENOMEM;
  *out = __libc_memalign(alignment, size);
  return *out == nullptr ? ENOMEM : 0;
}

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_path(NEXT(open), path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_path(NEXT(open64), path, flags, mode);
}
FILE* fopen(const char* path, const char* mode) {
  if (!is_under(path)) return NEXT(fopen)(path, mode);
  const std::lock_guard<std::mutex> lock(state().mutex);
  if (operation_fails("open", path, EIO)) return nullptr;
  FILE* file = NEXT(fopen)(path, mode);
  const int flags = mode[0] == 'r'   ? O_RDONLY
                    : mode[0] == 'w' ? O_WRONLY | O_CREAT | O_TRUNC
                                     : O_WRONLY | O_CREAT | O_APPEND;
  if (file != nullptr) fault::opened(fileno(file), path, flags);
  return file;
}
FILE* fopen64(const char* path, const char* mode) { return fopen(path, mode); }

int close(int fd) {
  const auto real = NEXT(close);
  if (!is_watched(fd)) return real(fd);
  const std::lock_guard<std::mutex> lock(state().mutex);
  state().watched[fd] = false;
  record("close %d\n", fd);
  const bool failed = operation_fails("close", "", ENOSPC);
  const int result = real(fd);
  if (failed) errno = ENOSPC;
  return failed ? -1 : result;
}
ssize_t read(int fd, void* to, size_t count) {
  if (is_watched(fd) && operation_fails("read", "", EIO)) return -1;
  return NEXT(read)(fd, to, count);
}
ssize_t pread(int fd, void* to, size_t count, off_t offset) {
  if (is_watched(fd) && operation_fails("read", "", EIO)) return -1;
  return NEXT(pread)(fd, to, count, offset);
}
ssize_t pread64(int fd, void* to, size_t count, off64_t offset) {
  if (is_watched(fd) && operation_fails("read", "", EIO)) return -1;
  return NEXT(pread64)(fd, to, count, offset);
}
ssize_t write(int fd, const void* from, size_t count) {
  if (!is_watched(fd)) return NEXT(write)(fd, from, count);
  const std::lock_guard<std::mutex> lock(state().mutex);
  if (operation_fails("write", "", ENOSPC)) return -1;
  const ssize_t done = NEXT(write)(fd, from, count);
  if (done > 0) record_write(fd, from, static_cast<std::size_t>(done), -1);
  return done;
}
ssize_t pwrite(int fd, const void* from, size_t count, off_t offset) {
  if (!is_watched(fd)) return NEXT(pwrite)(fd, from, count, offset);
  const std::lock_guard<std::mutex> lock(state().mutex);
  if (operation_fails("write", "", ENOSPC)) return -1;
  const ssize_t done = NEXT(pwrite)(fd, from, count, offset);
  if (done > 0) record_write(fd, from, static_cast<std::size_t>(done), offset);
  return done;
}
ssize_t pwrite64(int fd, const void* from, size_t count, off64_t offset) {
  return pwrite(fd, from, count, offset);
}
int fsync(int fd) {
  if (!is_watched(fd)) return NEXT(fsync)(fd);
  const std::lock_guard<std::mutex> lock(state().mutex);
  if (operation_fails("fsync", "", EIO)) return -1;
  record("fsync %d\n", fd);
  return NEXT(fsync)(fd);
}
int ftruncate(int fd, off_t length) {
  if (!is_watched(fd)) return NEXT(ftruncate)(fd, length);
  const std::lock_guard<std::mutex> lock(state().mutex);
  if (operation_fails("ftruncate", "", EIO)) return -1;
  record("truncate %d %lld\n", fd, static_cast<long long>(length));
  return NEXT(ftruncate)(fd, length);
}
int ftruncate64(int fd, off64_t length) { return ftruncate(fd, length); }
void* mmap(void* at, size_t length, int protection, int flags, int fd, off_t offset) {
  if (is_watched(fd) && operation_fails("mmap", "", ENOMEM)) return MAP_FAILED;
  return NEXT(mmap)(at, length, protection, flags, fd, offset);
}
void* mmap64(void* at, size_t length, int protection, int flags, int fd, off64_t offset) {
  return mmap(at, length, protection, flags, fd, offset);
}
}  // extern "C"
