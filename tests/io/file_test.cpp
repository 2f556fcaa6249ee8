#include "io/file.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "io/temporary_folder.h"
#include "kernels/core/error.h"

namespace fgcn {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
  const Bytes bytes = read_file(path);
  return {bytes.begin(), bytes.end()};
}

TEST_CASE("a written file reads back, and replaces the older one whole") {
  const TemporaryFolder folder;
  const fs::path path = folder / "a.txt";
  write_file(path, "a longer first version");
  write_file(path, "second");
  CHECK(content(path) == "second");
  CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator{}) == 1);
}

TEST_CASE("a write that fails names the file and leaves nothing behind") {
  const TemporaryFolder folder;
  const fs::path path = folder / "missing" / "a.txt";
  CHECK_THROWS_WITH_AS(write_file(path, "x"), doctest::Contains("a.txt: cannot be created"),
                       InputError);
  // Renaming onto a folder fails after the temporary file was written.
  fs::create_directories(folder / "taken" / "inside");
  CHECK_THROWS_AS(write_file(folder / "taken", "x"), InputError);
  CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator{}) == 1);
}

/// Names in the folder, in order.
std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(folder))
    out.push_back(entry.path().filename().string());
  std::sort(out.begin(), out.end());
  return out;
}

using Names = std::vector<std::string>;

TEST_CASE("the longest name that a file may have can be written") {
  const TemporaryFolder folder;
  write_file(folder / std::string(255, 'x'), "whole");
  CHECK(content(folder / std::string(255, 'x')) == "whole");
}

TEST_CASE("files of a set appear together") {
  const TemporaryFolder folder;
  write_file(folder / "b", "old");
  {
    FileSet set(folder.path());
    set.add("a", "1");
    set.add("b", "2");
    set.flush();
    CHECK(content(folder / "b") == "old");
    CHECK(!fs::exists(folder / "a"));
    CHECK_THROWS_AS(set.add("a", "again"), Error);
    set.commit(Existing::kReplace);
  }
  CHECK(names_in(folder.path()) == Names{"a", "b"});
  CHECK(content(folder / "a") + content(folder / "b") == "12");
}

TEST_CASE("a set that is not placed, or not wholly, leaves the folder as it was") {
  const TemporaryFolder folder;
  write_file(folder / "a", "old a");
  write_file(folder / "c", "old c");
  const auto check_as_it_was = [&](const Names& names) {
    CHECK(names_in(folder.path()) == names);
    CHECK(content(folder / "a") == "old a");
    CHECK(content(folder / "c") == "old c");
  };
  { FileSet(folder.path()).add("a", "new"); }
  check_as_it_was({"a", "c"});
  for (const Existing existing : {Existing::kRefuse, Existing::kReplace}) {
    // In either order: with kReplace it is a folder in the way that fails, after or before others.
    fs::create_directories(folder / "b");
    for (const Names& order : {Names{"n", "a", "b", "c"}, Names{"c", "b", "n", "a"}}) {
      FileSet set(folder.path());
      for (const std::string& name : order) set.add(name, "new");
      CHECK_THROWS_WITH_AS(set.commit(existing), doctest::Contains("cannot be renamed into place"),
                           InputError);
      check_as_it_was({"a", "b", "c"});
    }
  }
}

TEST_CASE("a device or a folder is not read") {
  CHECK_THROWS_WITH_AS(read_file("/dev/null"), doctest::Contains("not a regular file"), InputError);
}

TEST_CASE("a file above the limit is refused by its size") {
  const TemporaryFolder folder;
  write_file(folder / "big", std::string(100, 'x'));
  CHECK_THROWS_WITH_AS(read_file(folder / "big", 99), doctest::Contains("100 bytes"), InputError);
}

}  // namespace
}  // namespace fgcn
