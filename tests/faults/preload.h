// What both halves of the preloaded library know: what is counted, what fails, what is recorded.
#pragma once

#include <dlfcn.h>
#include <fcntl.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <mutex>

namespace fault {

constexpr int kMostDescriptors = 4096;

struct State {
  std::atomic<long> allocations{0}, operations{0};
  std::atomic<long> fail_allocation{0}, fail_operation{0};
  // main has begun: libraries' own beginnings are not the program's
  std::atomic<bool> started{false};
  bool later_too = false;
  char under[1024] = {};
  char failed[512] = {};
  bool watched[kMostDescriptors] = {};
  int record = -1, data = -1;
  std::uint64_t recorded = 0;
  std::mutex mutex;

  State();
};

State& state();

/// Whether the path lies in the folder whose operations count.
bool is_under(const char* path);
bool is_watched(int fd);

/// Counts an operation; true, with errno set, when it is the one to fail.
bool operation_fails(const char* what, const char* path, int error);

/// A line of the record; nothing where none is kept.
__attribute__((format(printf, 1, 2))) void record(const char* format, ...);

/// Watches a descriptor that was opened on a counted path. Returns it.
int opened(int fd, const char* path, int flags);

/// open(2) and its kin, as `real` does it, on a path that counts.
template <class Real>
int open_counted(const char* path, int flags, Real real) {
  const std::lock_guard<std::mutex> lock(state().mutex);
  if (operation_fails("open", path, (flags & O_CREAT) != 0 ? ENOSPC : EIO)) return -1;
  return opened(real(), path, flags);
}

/// The function of the C library, or of another library, that ours stands before.
template <class F>
F* next(F*, const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}
#define NEXT(name) fault::next(&(name), #name)

}  // namespace fault
