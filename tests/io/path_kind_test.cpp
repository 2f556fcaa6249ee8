#include "io/path_kind.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "io/file.h"
#include "io/temporary_folder.h"
#include "io/writable.h"
#include "kernels/core/error.h"

namespace fs = std::filesystem;
using fgcn::InputError;
using fgcn::path_kind;
using fgcn::PathKind;

TEST_CASE("a path leads to a file, a folder, something else or nothing, through links too") {
  const fgcn::TemporaryFolder root;
  fgcn::write_file(root / "file", "1");
  REQUIRE(::mkfifo((root / "pipe").c_str(), 0600) == 0);
  fs::create_symlink("file", root / "link");
  fs::create_symlink("gone", root / "dangling");
  CHECK(path_kind(root / "file") == PathKind::kFile);
  CHECK(path_kind(root / "link") == PathKind::kFile);
  CHECK(path_kind(root.path()) == PathKind::kFolder);
  CHECK(path_kind(root / "pipe") == PathKind::kOther);
  for (const std::string& name : {std::string("none"), std::string("file/below"),
                                  std::string("dangling"), std::string(300, 'x')})
    CHECK(path_kind(root / name) == PathKind::kNothing);
}

TEST_CASE("what cannot be told is not taken for nothing") {
  const fgcn::TemporaryFolder root;
  fgcn::write_file(root / "file", "1");
  fs::create_symlink("b", root / "a");
  fs::create_symlink("a", root / "b");
  CHECK_THROWS_WITH_AS(path_kind(root / "a"), doctest::Contains("/a: cannot be opened"),
                       InputError);
  CHECK_THROWS_WITH_AS(fgcn::is_same_place(root / "file", root / "b"),
                       doctest::Contains("/b: cannot be opened"), InputError);
  CHECK_THROWS_AS(fgcn::check_output(root / "file", {root / "a"}), InputError);
}

TEST_CASE("names of one file are the same place") {
  const fgcn::TemporaryFolder root;
  fgcn::write_file(root / "file", "1");
  fgcn::write_file(root / "twin", "1");
  fs::create_hard_link(root / "file", root / "hard");
  fs::create_symlink("file", root / "soft");
  for (const char* name : {"file", "hard", "soft", "./file"})
    CHECK(fgcn::is_same_place(root / "file", root / name));
  CHECK_FALSE(fgcn::is_same_place(root / "file", root / "twin"));
  CHECK_FALSE(fgcn::is_same_place(root / "file", root / "none"));
  CHECK_FALSE(fgcn::is_same_place(root / "none", root / "none"));
}
