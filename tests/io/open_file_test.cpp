#include "io/open_file.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "io/file.h"
#include "io/hash.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"

namespace fgcn {
namespace {

TEST_CASE("an open file shows what was opened, also after another took its name") {
  const TemporaryFolder folder;
  write_file(folder / "a", "first");
  const OpenFile first(folder / "a");
  write_file(folder / "a", "the second");
  CHECK(first.size() == 5);
  CHECK(first.read(1, 3) == Bytes{'i', 'r', 's'});
  CHECK_THROWS_WITH_AS(first.read(2, 4), doctest::Contains("has 5 bytes"), InputError);
  CHECK_THROWS_WITH_AS(first.read(~std::uint64_t{0}, 2), doctest::Contains("has 5"), InputError);
  write_file(folder / "empty", "");
  CHECK(OpenFile(folder / "empty").read(0, 0).empty());
  CHECK_THROWS_WITH_AS(OpenFile(folder / "none"), doctest::Contains("none"), InputError);
  CHECK_THROWS_WITH_AS(OpenFile(folder.path()), doctest::Contains("regular"), InputError);
}

TEST_CASE("a file cut short while it is open is an error where it is missing") {
  const TemporaryFolder folder;
  write_file(folder / "a", std::string(10000, 'x'));
  const OpenFile file(folder / "a");
  std::filesystem::resize_file(folder / "a", 5000);
  CHECK(file.read(4000, 1000) == Bytes(1000, 'x'));
  CHECK_THROWS_WITH_AS(file.read(4000, 1001), doctest::Contains("ends at byte 5000"), InputError);
}

TEST_CASE("a file that was not committed leaves nothing, and the older one stays") {
  const TemporaryFolder folder;
  write_file(folder / "a", "old");
  {
    FileWriter file(folder / "a");
    file.write(Bytes{1, 2});
  }
  CHECK(read_file(folder / "a").size() == 3);
  {
    FileWriter file(folder / "a");
    file.write(Bytes{1, 2});
    file.write(Bytes{3, 4});
    file.commit();
  }
  CHECK(read_file(folder / "a") == Bytes{1, 2, 3, 4});
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()),
                      std::filesystem::directory_iterator{}) == 1);
}

TEST_CASE("the hash in files stays what it is") {
  // Worked out apart from this code; files on disks depend on it.
  CHECK(hash64(std::string_view()) == 0xf52a15e9a9b5e89bULL);
  CHECK(hash64(std::string_view("A000014")) == 0xdc51c0ffbd8f0a94ULL);
  CHECK(Hash64().add(std::uint64_t{0x4242424242424241}).value() ==
        hash64(std::string_view("ABBBBBBB")));
  // The published vectors of FNV-1a, 64 bits.
  CHECK(Hash64().fnv1a() == 0xcbf29ce484222325ULL);
  CHECK(Hash64().add(std::string_view("a")).fnv1a() == 0xaf63dc4c8601ec8cULL);
  CHECK(Hash64().add(std::string_view("foobar")).fnv1a() == 0x85944171f73967e8ULL);
}

}  // namespace
}  // namespace fgcn
