#include "render/texture_detail.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "kernels/core/error.h"

namespace fgcn {
namespace {

// A square of two triangles over the whole texture, seen head on in a 100 px photo.
const std::vector<float> kUv{0, 0, 1, 0, 1, 1, 0, 1};
const std::vector<std::int32_t> kFaces{0, 1, 2, 0, 2, 3};
const std::vector<float> kPositions{0.5F, 99.5F, 99.5F, 99.5F, 99.5F, 0.5F, 0.5F, 0.5F};
const std::vector<float> kShown(4, 1.0F);

/// Detail that is 1 at the corners and in the mean, under light that falls from left to right.
float detail(std::int64_t y, std::int64_t x) {
  const double wave = std::sin(2 * std::numbers::pi * static_cast<double>(x) / 33) *
                      std::sin(2 * std::numbers::pi * static_cast<double>(y) / 33);
  return static_cast<float>(1 + 0.3 * wave);
}

Image lit_photo(float left, float right) {
  Image photo(100, 100, 3);
  for (std::int64_t y = 0; y < 100; ++y) {
    for (std::int64_t x = 0; x < 100; ++x) {
      const float light = left + (right - left) * static_cast<float>(x) / 99;
      std::fill_n(photo.at(y, x), 3, light * detail(y, x));
    }
  }
  return photo;
}

TEST_CASE("detail comes through, the photo's light does not") {
  const TexelMap map = map_texels(kUv, kFaces, 100);
  for (const auto& [left, right] : {std::pair{0.5F, 0.5F}, {0.7F, 0.35F}}) {
    Image texture(100, 100, 3, 0.4F);
    add_photo_detail(texture, map, kFaces, kPositions, kShown, lit_photo(left, right));
    double worst = 0;
    for (std::int64_t y = 2; y < 98; ++y)
      for (std::int64_t x = 2; x < 98; ++x)
        worst = std::max<double>(worst, std::abs(texture.at(y, x)[1] - 0.4F * detail(y, x)));
    // Bilinear sampling half a pixel off, and the term that calms dark pixels.
    CHECK(worst < 0.02);
  }
}

TEST_CASE("hidden, averted and tiny triangles are left as they are") {
  const TexelMap map = map_texels(kUv, kFaces, 64);
  const Image photo = lit_photo(0.5F, 0.5F);
  const Image plain(64, 64, 3, 0.4F);
  Image texture = plain;
  add_photo_detail(texture, map, kFaces, kPositions, std::vector<float>(4, 0.0F), photo);
  CHECK(texture.pixels == plain.pixels);
  std::vector<float> averted = kPositions;
  for (std::size_t v = 0; v < 4; ++v) averted[2 * v] = 100 - averted[2 * v];
  add_photo_detail(texture, map, kFaces, averted, kShown, photo);
  CHECK(texture.pixels == plain.pixels);
  std::vector<float> tiny = kPositions;
  for (float& p : tiny) p = 30 + p * 0.008F;
  add_photo_detail(texture, map, kFaces, tiny, kShown, photo);
  CHECK(texture.pixels == plain.pixels);
}

TEST_CASE("what does not fit is named") {
  const TexelMap map = map_texels(kUv, kFaces, 8);
  const Image photo(10, 10, 3);
  Image texture(8, 8, 3);
  Image small(4, 4, 3);
  CHECK_THROWS_AS(add_photo_detail(small, map, kFaces, kPositions, kShown, photo), Error);
  CHECK_THROWS_AS(add_photo_detail(texture, map, kFaces, kPositions, {1, 1, 1}, photo), Error);
  CHECK_THROWS_AS(add_photo_detail(texture, map, {0, 1, 7}, kPositions, kShown, photo), Error);
  CHECK_THROWS_AS(add_photo_detail(texture, map, {0, 1, 2}, kPositions, kShown, photo), Error);
  CHECK_THROWS_AS(add_photo_detail(texture, map, kFaces, kPositions, kShown, Image(3, 3, 1)),
                  Error);
}

}  // namespace
}  // namespace fgcn
