#include "io/mapped_file.h"

#include <doctest/doctest.h>

#include <utility>

#include "io/file.h"
#include "io/hash.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"

namespace fgcn {
namespace {

TEST_CASE("a mapped file shows the file that was opened, also after another took its name") {
  const TemporaryFolder folder;
  write_file(folder / "a", "first");
  const MappedFile first(folder / "a");
  write_file(folder / "a", "the second");
  MappedFile second(folder / "a");
  CHECK(Bytes(first.bytes().begin(), first.bytes().end()) == Bytes{'f', 'i', 'r', 's', 't'});
  const MappedFile moved = std::move(second);
  CHECK(moved.bytes().size() == 10);
  write_file(folder / "empty", "");
  CHECK(MappedFile(folder / "empty").bytes().empty());
  CHECK_THROWS_WITH_AS(MappedFile(folder / "none"), doctest::Contains("none"), InputError);
  CHECK_THROWS_WITH_AS(MappedFile(folder.path()), doctest::Contains("regular"), InputError);
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
