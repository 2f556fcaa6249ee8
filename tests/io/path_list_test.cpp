#include "io/path_list.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "kernels/core/error.h"

namespace fgcn {
namespace {

TEST_CASE("a list holds a path a line, or paths between NULs") {
  using Paths = std::vector<std::string>;
  CHECK(listed_paths("a.jpg\nb c.jpg\n\nd.jpg") == Paths{"a.jpg", "b c.jpg", "d.jpg"});
  CHECK(listed_paths("\xef\xbb\xbf"
                     "a.jpg\r\nb.jpg\r\n") == Paths{"a.jpg", "b.jpg"});
  CHECK(listed_paths(std::string("a\nb.jpg\0c.jpg\r\0", 15)) == Paths{"a\nb.jpg", "c.jpg\r"});
  CHECK(listed_paths("\n\n").empty());
}

TEST_CASE("a list that cannot be read to its end is not taken for a shorter one") {
  CHECK_THROWS_WITH_AS(read_path_list("--list", "/proc/self/mem"),  // opens, and fails at byte 0
                       doctest::Contains("--list /proc/self/mem: cannot be read to its end"),
                       InputError);
}

}  // namespace
}  // namespace fgcn
