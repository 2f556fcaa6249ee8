#include "io/file.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

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
