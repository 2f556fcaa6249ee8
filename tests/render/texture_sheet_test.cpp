#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "kernels/core/error.h"
#include "render/sheet.h"
#include "render/texture_bake.h"

namespace fgcn {
namespace {

// A square of two triangles over the middle half of the texture.
const std::vector<float> kUv{0.25F, 0.25F, 0.75F, 0.25F, 0.75F, 0.75F, 0.25F, 0.75F};
const std::vector<std::int32_t> kFaces{0, 1, 2, 0, 2, 3};

TEST_CASE("texels take the color of the surface point they show, v up") {
  // Red grows with u, green with v.
  const std::vector<float> colors{0, 0, 0.5F, 1, 0, 0.5F, 1, 1, 0.5F, 0, 1, 0.5F};
  const Image texture = bake_texture(map_texels(kUv, kFaces, 64), kFaces, colors);
  for (std::int64_t y = 16; y < 48; ++y) {
    for (std::int64_t x = 16; x < 48; ++x) {
      const double u = ((static_cast<double>(x) + 0.5) / 64 - 0.25) * 2;
      const double v = (1 - (static_cast<double>(y) + 0.5) / 64 - 0.25) * 2;
      REQUIRE(std::abs(texture.at(y, x)[0] - u) < 1e-5);
      REQUIRE(std::abs(texture.at(y, x)[1] - v) < 1e-5);
      REQUIRE(std::abs(texture.at(y, x)[2] - 0.5) < 1e-5);
    }
  }
}

TEST_CASE("every texel of the square belongs to a triangle, and none outside") {
  const TexelMap map = map_texels(kUv, kFaces, 64);
  CHECK(std::count_if(map.face.begin(), map.face.end(), [](auto f) { return f >= 0; }) == 32 * 32);
}

TEST_CASE("empty texels are filled from their surroundings") {
  const std::vector<float> colors(12, 0.8F);
  const Image texture = bake_texture(map_texels(kUv, kFaces, 50), kFaces, colors);
  for (const float value : texture.pixels) REQUIRE(value == doctest::Approx(0.8F));
}

TEST_CASE("a texture of nothing and hostile meshes are refused or harmless") {
  CHECK_THROWS_AS(map_texels(kUv, {0, 1, 9}, 8), Error);
  CHECK_THROWS_AS(map_texels({NAN, 0, 1, 0, 0, 1}, {0, 1, 2}, 8), Error);
  CHECK_THROWS_AS(map_texels(kUv, kFaces, 1 << 20), Error);
  // Far outside and without area: no texel, no crash.
  const TexelMap map = map_texels({1e9F, 1e9F, -1e9F, 3, 5, -1e9F, 0, 0}, {3, 3, 3}, 8);
  CHECK(std::all_of(map.face.begin(), map.face.end(), [](auto f) { return f < 0; }));
}

TEST_CASE("a sheet holds its pictures and its labels") {
  Image white(10, 20, 3, 1.0F);
  const Image8 sheet = make_sheet("Title", {{"one", white}, {"two", white}, {"three", white}},
                                  {.columns = 2, .tile = 40});
  CHECK(sheet.width == 2 * 50 + 10);
  // 40 x 20 pixels of each picture are white; labels are not.
  const auto is_white = [](std::uint8_t v) { return v == 255; };
  CHECK(std::count_if(sheet.pixels.begin(), sheet.pixels.end(), is_white) == 3 * 3 * 40 * 20);
  const auto is_ink = [](std::uint8_t v) { return v == 225; };
  CHECK(std::count_if(sheet.pixels.begin(), sheet.pixels.end(), is_ink) > 300);
  CHECK_THROWS_AS(make_sheet("", {}, {}), Error);
}

TEST_CASE("a sign is drawn once for each code point, a letter with a mark as its letter") {
  const auto drawn = [](const std::string& text) {
    Image8 image(9, 60, 1);
    draw_text(image, 1, 0, text, 1, 255);
    return image.pixels;
  };
  CHECK(drawn("Zoë Ñ") == drawn("ZOE N"));
  CHECK(drawn("Zoe\u0308") == drawn("ZOE"));  // the mark as a code point of its own
  CHECK(drawn("Łódź") == drawn("LODZ"));
  CHECK(drawn("写x") == drawn("\x01X"));
  CHECK(drawn("写真") == drawn("\x01\x01"));
  CHECK(drawn("a\xe9") == drawn("A\x01"));
  CHECK(drawn("写") != drawn(" "));
  CHECK(text_width("写真é", 2) == text_width("abc", 2));
}

TEST_CASE("text is cut at the border") {
  Image8 image(4, 4, 1);
  draw_text(image, -3, -3, "###", 3, 255);
  CHECK(*std::max_element(image.pixels.begin(), image.pixels.end()) == 255);
}

}  // namespace
}  // namespace fgcn
