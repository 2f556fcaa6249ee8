#include "kernels/core/error.h"

#include <doctest/doctest.h>

#include <ios>
#include <ostream>
#include <string>

namespace fgcn {
namespace {

// Leaves the stream as the standard library does when its buffer cannot grow.
struct OutOfMemory {};
std::ostream& operator<<(std::ostream& out, OutOfMemory) {
  out.setstate(std::ios::badbit);
  return out;
}

TEST_CASE("text streams every argument") {
  CHECK(text("3 of ", 4, ' ', std::string("photos"), ", ", 0.5) == "3 of 4 photos, 0.5");
}

TEST_CASE("text whose stream has no memory is an error, not a shorter text") {
  CHECK_THROWS_AS(text("the name of ", OutOfMemory{}, " a file"), std::ios_base::failure);
}

}  // namespace
}  // namespace fgcn
