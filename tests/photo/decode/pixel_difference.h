// How far two decoded pictures are apart.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "io/image.h"

namespace fgcn::photo::test {

/// Of pictures of one size, in steps of a byte.
inline int largest_difference(const Image8& a, const Image8& b) {
  REQUIRE(a.height == b.height);
  REQUIRE(a.width == b.width);
  REQUIRE(a.channels == b.channels);
  int worst = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i)
    worst = std::max(worst, std::abs(int{a.pixels[i]} - int{b.pixels[i]}));
  return worst;
}

}  // namespace fgcn::photo::test
