// A height from shading: a bump is found again, and nothing is where nothing speaks for it.
#include "render/height_field.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/core/error.h"

namespace fgcn {
namespace {

constexpr double kPeak = 1.5;   // pixels
constexpr double kWidth = 6.0;  // of the bump

struct Bump {
  std::int64_t size;
  double at(std::int64_t y, std::int64_t x) const {
    const double dx = static_cast<double>(x) - 0.45 * static_cast<double>(size);
    const double dy = static_cast<double>(y) - 0.55 * static_cast<double>(size);
    return kPeak * std::exp(-(dx * dx + dy * dy) / (2 * kWidth * kWidth));
  }
};

/// A plane under a light from the left and above, with a bump.
HeightEvidence lit_bump(std::int64_t size, double by_x = -0.6, double by_y = -0.3) {
  const Bump bump{size};
  HeightEvidence e;
  e.height = e.width = size;
  const auto count = static_cast<std::size_t>(size * size);
  e.by_x.assign(count, static_cast<float>(by_x));
  e.by_y.assign(count, static_cast<float>(by_y));
  e.weight.assign(count, 1);
  e.inside.assign(count, 1);
  for (std::int64_t y = 0; y < size; ++y)
    for (std::int64_t x = 0; x < size; ++x)
      e.detail.push_back(static_cast<float>(by_x * (bump.at(y, x + 1) - bump.at(y, x - 1)) / 2 +
                                            by_y * (bump.at(y + 1, x) - bump.at(y - 1, x)) / 2));
  return e;
}

/// How far the slopes along x are those of the bump: 1 where they are, 0 for a plane.
struct Likeness {
  double gain = 0, correlation = 0;
};
Likeness likeness(const std::vector<float>& height, std::int64_t size) {
  const Bump bump{size};
  double both = 0, found = 0, real = 0;
  for (std::int64_t y = 4; y + 4 < size; ++y)
    for (std::int64_t x = 4; x + 4 < size; ++x) {
      const auto i = static_cast<std::size_t>(y * size + x);
      const double a = double{height[i + 1]} - double{height[i - 1]};
      const double b = bump.at(y, x + 1) - bump.at(y, x - 1);
      both += a * b;
      found += a * a;
      real += b * b;
    }
  return {both / real, both / std::sqrt(found * real)};
}

TEST_CASE("a bump under a known light is found again, in a small picture and in a large one") {
  for (const std::int64_t size : {std::int64_t{64}, std::int64_t{301}}) {
    CAPTURE(size);
    const Likeness found = likeness(height_from_shading(lit_bump(size), {}), size);
    CHECK(found.gain > 0.75);
    CHECK(found.gain < 1.1);
    CHECK(found.correlation > 0.95);
  }
}

TEST_CASE("a dent is no bump: the height follows the light's side") {
  HeightEvidence e = lit_bump(64);
  for (float& d : e.detail) d = -d;
  CHECK(likeness(height_from_shading(e, {}), 64).correlation < -0.95);
}

TEST_CASE("a light that tells no directions apart leaves the surface flat") {
  // Where the priors decide, the height goes with the light's share: a tenth of it for a tenth.
  double before = 0;
  for (const float share : {0.01F, 0.001F}) {
    CAPTURE(share);
    HeightEvidence e = lit_bump(64);
    for (std::vector<float>* list : {&e.by_x, &e.by_y})
      for (float& x : *list) x *= share;
    double most = 0;
    for (const float h : height_from_shading(e, {})) most = std::max(most, std::abs(double{h}));
    CHECK(most < 11 * double{share} * kPeak);
    CHECK((before == 0 || most < 0.11 * before));
    before = most;
  }
}

TEST_CASE("no height without weight, none outside, none at the border") {
  HeightEvidence e = lit_bump(64);
  e.weight.assign(e.weight.size(), 0);
  for (const float h : height_from_shading(e, {})) REQUIRE(h == 0);
  e = lit_bump(64);
  for (std::size_t i = 0; i < e.inside.size(); ++i) e.inside[i] = i % 64 < 28 ? 1 : 0;
  const std::vector<float> half = height_from_shading(e, {});
  double most = 0;
  for (std::size_t i = 0; i < half.size(); ++i) {
    if (i % 64 >= 28 || i / 64 < 2 || i % 64 < 2) REQUIRE(half[i] == 0);
    most = std::max(most, std::abs(double{half[i]}));
  }
  CHECK(most > 0.1);
}

TEST_CASE("paint of a few pixels hardly moves the height") {
  HeightEvidence e = lit_bump(64);
  const std::vector<float> clean = height_from_shading(e, {});
  for (std::size_t i = 20 * 64 + 20; i < 20 * 64 + 24; ++i) e.detail[i] -= 1.5F;  // black
  const std::vector<float> marked = height_from_shading(e, {});
  double most = 0;
  for (std::size_t i = 0; i < clean.size(); ++i)
    most = std::max(most, std::abs(double{clean[i]} - double{marked[i]}));
  CHECK(most < 0.1 * kPeak);
}

TEST_CASE("lists that do not fit together are refused") {
  HeightEvidence e = lit_bump(16);
  e.weight.pop_back();
  CHECK_THROWS_WITH_AS(height_from_shading(e, {}),
                       doctest::Contains("a list of 255 numbers for 16 x 16 pixels"), Error);
  e = lit_bump(16);
  e.inside.pop_back();
  CHECK_THROWS_WITH_AS(height_from_shading(e, {}), doctest::Contains("`inside` is of 255"), Error);
  CHECK_THROWS_WITH_AS(height_from_shading({}, {}), doctest::Contains("0 x 0 pixels"), Error);
}

}  // namespace
}  // namespace fgcn
