// A disk whose lack of room shows only when a file is flushed or closed, as of a network's folder.
// fsync and close of this program are the functions below, which fail where a test asks for it.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>

#include "io/file.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"

namespace {

enum class Full { kNever, kAtFlush, kAtClose };
thread_local Full full = Full::kNever;

/// Whether the disk is full now. Readers and folders have nothing to store.
bool is_full(int descriptor, Full when) {
  if (full != when) return false;
  const int flags = ::fcntl(descriptor, F_GETFL);
  return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
}

int outcome(int result, bool fails) {
  if (!fails) return result;
  errno = ENOSPC;
  return -1;
}

}  // namespace

extern "C" int fsync(int descriptor) {
  const bool fails = is_full(descriptor, Full::kAtFlush);
  return outcome(static_cast<int>(::syscall(SYS_fsync, descriptor)), fails);
}

extern "C" int close(int descriptor) {
  const bool fails = is_full(descriptor, Full::kAtClose);
  return outcome(static_cast<int>(::syscall(SYS_close, descriptor)), fails);
}

namespace fgcn {
namespace {

namespace fs = std::filesystem;

class FullDisk {
 public:
  explicit FullDisk(Full when) { full = when; }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() { full = Full::kNever; }
};

std::string content(const fs::path& path) {
  const Bytes bytes = read_file(path);
  return {bytes.begin(), bytes.end()};
}

TEST_CASE(
    "a disk that is full when a file is flushed or closed: refused, and the older one stays") {
  for (const Full when : {Full::kAtFlush, Full::kAtClose}) {
    CAPTURE(static_cast<int>(when));
    const TemporaryFolder folder;
    write_file(folder / "a.txt", "older");
    write_file(folder / "b.txt", "older");
    constexpr const char* kWords = "a.txt: cannot be written (No space left on device); check that";
    {
      const FullDisk disk(when);
      CHECK_THROWS_WITH_AS(write_file(folder / "a.txt", "newer"), doctest::Contains(kWords),
                           InputError);
      FileSet set(folder.path());
      set.add("a.txt", "newer");
      set.add("b.txt", "newer");
      CHECK_THROWS_WITH_AS(set.commit(Existing::kReplace), doctest::Contains(kWords), InputError);
    }
    CHECK(content(folder / "a.txt") == "older");
    CHECK(content(folder / "b.txt") == "older");
    CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator{}) == 2);
    write_file(folder / "a.txt", "newer");
    CHECK(content(folder / "a.txt") == "newer");
  }
}

}  // namespace
}  // namespace fgcn
