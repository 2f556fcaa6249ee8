// A program that a signal ends, as a child of the test.
#include "io/temporary_files.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "io/file.h"
#include "io/temporary_folder.h"
#include "io/writable.h"
#include "kernels/core/error.h"

namespace fgcn {
namespace {

namespace fs = std::filesystem;

/// The signal that ended a child which does the work; 0: none did.
int ended_by(const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    end_cleanly_on_signals();
    work();
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

std::ptrdiff_t files_in(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator{});
}

const std::string kText = "half of it";

}  // namespace

TEST_CASE("temporary files: a signal that ends the program takes them along") {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    CAPTURE(signal);
    const TemporaryFolder folder;
    const auto work = [&] {
      write_file(folder / "whole", kText);
      FileWriter half(folder / "half");
      half.write({reinterpret_cast<const std::uint8_t*>(kText.data()), kText.size()});
      FileSet set(folder.path());
      for (int i = 0; i < 20; ++i) set.add(std::to_string(i), kText);
      std::raise(signal);
    };
    CHECK(ended_by(work) == signal);
    CHECK(fs::exists(folder / "whole"));
    CHECK(files_in(folder.path()) == 1);
  }
}

TEST_CASE("temporary files: places are free again, also after more than there are") {
  const TemporaryFolder folder;
  for (int i = 0; i < 600; ++i) write_file(folder / "a", kText);
  CHECK(ended_by([&] {
          const FileWriter half(folder / "half");
          std::raise(SIGINT);
        }) == SIGINT);
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("temporary files: what belongs together is finished before a signal ends the program") {
  const TemporaryFolder folder;
  const auto work = [&] {
    {
      const Undivided outer;
      {
        const Undivided inner;
        std::raise(SIGTERM);
      }
      write_file(folder / "done", kText);
    }
    write_file(folder / "never", kText);
  };
  CHECK(ended_by(work) == SIGTERM);
  CHECK(fs::exists(folder / "done"));
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a place where no byte can be written is refused before the work") {
  const TemporaryFolder folder;
  const auto work = [&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_FSIZE, &none);  // as a full disk: names can be made
    write_file(folder / "empty", std::string_view());
    try {
      check_writable(folder / "result");
    } catch (const InputError& error) {
      if (std::string(error.what()).find("result: cannot be written (") != std::string::npos)
        std::raise(SIGUSR1);
    }
  };
  CHECK(ended_by(work) == SIGUSR1);
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("temporary files: a signal that was ignored stays ignored") {
  const TemporaryFolder folder;
  const auto work = [&] {
    std::signal(SIGHUP, SIG_IGN);
    end_cleanly_on_signals();
    std::raise(SIGHUP);
    write_file(folder / "done", kText);
  };
  CHECK(ended_by(work) == 0);
  CHECK(fs::exists(folder / "done"));
}

}  // namespace fgcn
