#include "io/output_folder.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>

#include "io/file.h"
#include "io/temporary_folder.h"
#include "io/writable.h"
#include "kernels/core/error.h"

namespace fs = std::filesystem;
using fgcn::OutputFolder;

TEST_CASE("an output folder that stays empty goes, with the parents that were made for it") {
  const fgcn::TemporaryFolder root;
  fs::create_directories(root / "there");
  for (const char* name : {"there/a/b/c", "there/a/b/c/", "there/x/../a/./b"}) {
    CAPTURE(name);
    {
      const OutputFolder out("--out", root / name);
      CHECK(fs::is_directory(root / name));
    }
    CHECK_FALSE(fs::exists(root / "there/a"));
    CHECK(fs::is_directory(root / "there"));
  }
  { const OutputFolder out("--out", root / "there"); }
  CHECK(fs::is_directory(root / "there"));
}

TEST_CASE("an output folder with a result stays, and so does one that was moved from") {
  const fgcn::TemporaryFolder root;
  {
    OutputFolder out("--out", root / "a/b");
    const OutputFolder taken(std::move(out));
    fgcn::write_file(taken.path() / "result.txt", "1");
  }
  CHECK(fs::exists(root / "a/b/result.txt"));
  {
    OutputFolder out("--out", root / "c/d");
    const OutputFolder taken(std::move(out));
    CHECK(fs::is_directory(root / "c/d"));
  }
  CHECK_FALSE(fs::exists(root / "c"));
}

TEST_CASE("an output folder that cannot be made or written names the option and the folder") {
  const fgcn::TemporaryFolder root;
  fgcn::write_file(root / "file", "1");
  CHECK_THROWS_WITH_AS(OutputFolder("--out", root / "file/x"),
                       doctest::Contains(("--out " + (root / "file/x").string()).c_str()),
                       fgcn::InputError);
  CHECK_THROWS_WITH_AS(OutputFolder("--out", root / "file"),
                       doctest::Contains("the folder cannot be made"), fgcn::InputError);
  CHECK_THROWS_WITH_AS(OutputFolder("--output", "/proc/x"), doctest::Contains("--output /proc/x: "),
                       fgcn::InputError);
  if (::geteuid() == 0) return;  // root may write anywhere
  fs::create_directories(root / "closed");
  fs::permissions(root / "closed", fs::perms::owner_read | fs::perms::owner_exec);
  CHECK_THROWS_WITH_AS(OutputFolder("--out", root / "closed"),
                       doctest::Contains("the folder cannot be written"), fgcn::InputError);
  fs::permissions(root / "closed", fs::perms::owner_all);
}

TEST_CASE("an output never takes the place of an input, a device or a pipe") {
  const fgcn::TemporaryFolder root;
  fs::create_directories(root / "in");
  fgcn::write_file(root / "in/a.obj", "1");
  fs::create_hard_link(root / "in/a.obj", root / "same.obj");
  fs::create_symlink(root / "in/a.obj", root / "link.obj");
  for (const char* name : {"in/a.obj", "in/../in/a.obj", "same.obj", "link.obj"}) {
    CAPTURE(name);
    CHECK_THROWS_WITH_AS(fgcn::check_output(root / name, {root / "b", root / "in/a.obj"}),
                         doctest::Contains("would replace an input"), fgcn::InputError);
  }
  // In a folder that is read, a new file may be written, and none replaced.
  CHECK_THROWS_AS(fgcn::check_output(root / "in/a.obj", {root / "in"}), fgcn::InputError);
  CHECK_NOTHROW(fgcn::check_output(root / "in/new.obj", {root / "in"}));
  CHECK_NOTHROW(fgcn::check_output(root / "in/new.obj", {root / "in/a.obj", ""}));

  const fs::path pipe = root / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_WITH_AS(fgcn::write_file(pipe, "1"), doctest::Contains("no regular file"),
                       fgcn::InputError);
  CHECK(fs::is_fifo(pipe));
  CHECK_THROWS_AS(fgcn::check_output(pipe, {}), fgcn::InputError);
}
