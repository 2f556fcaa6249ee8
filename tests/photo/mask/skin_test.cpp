#include "photo/mask/skin.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "io/arrays/npz.h"
#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "tests/support/shared_data.h"

namespace fgcn::photo {
namespace {

constexpr std::int64_t kSize = 224;

/// 68 points of a rendered face: jaw on an ellipse, the rest roughly where they belong.
Landmarks rendered_landmarks() {
  Landmarks l;
  for (int i = 0; i <= 16; ++i) {
    const double angle = 3.14159265 * (16 - i) / 16;
    l[static_cast<std::size_t>(i)] = {112 + 60 * std::cos(angle), 105 + 72 * std::sin(angle)};
  }
  for (std::size_t i = 0; i < 5; ++i) {
    const auto step = static_cast<double>(i);
    l[17 + i] = {67 + 8 * step, 84};
    l[22 + i] = {125 + 8 * step, 84};
    l[31 + i] = {102 + 5 * step, 132};
  }
  for (std::size_t i = 0; i < 4; ++i) l[27 + i] = {112, 96 + 10 * static_cast<double>(i)};
  for (std::size_t eye = 0; eye < 2; ++eye) {
    const double x = eye == 0 ? 72 : 130;
    const double xs[] = {0, 7, 14, 21, 14, 7};
    const double ys[] = {0, -4, -4, 0, 4, 4};
    for (std::size_t i = 0; i < 6; ++i) l[36 + 6 * eye + i] = {x + xs[i], 98 + ys[i]};
  }
  for (std::size_t i = 0; i < 20; ++i) {
    const double angle = 3.14159265 * (1.0 - static_cast<double>(i) / (i < 12 ? 6.0 : 4.0));
    const double reach = i < 12 ? 22 : 16;
    l[48 + i] = {112 + reach * std::cos(angle), 152 - reach * 0.35 * std::sin(angle)};
  }
  return l;
}

using Rgb = std::array<double, 3>;

struct Scene {
  const char* name;
  Rgb skin, hair, background;
  double shade;  // how much darker the right half of the face is
};

constexpr Scene kScenes[] = {
    {"light skin", {0.85, 0.66, 0.56}, {0.25, 0.17, 0.1}, {0.4, 0.5, 0.7}, 1.0},
    {"dark skin", {0.3, 0.19, 0.13}, {0.06, 0.05, 0.05}, {0.75, 0.75, 0.72}, 1.0},
    {"grey photo", {0.62, 0.62, 0.62}, {0.15, 0.15, 0.15}, {0.9, 0.9, 0.9}, 1.0},
    {"hard light", {0.9, 0.68, 0.55}, {0.2, 0.13, 0.08}, {0.3, 0.45, 0.35}, 0.35},
    {"blue light", {0.45, 0.5, 0.8}, {0.08, 0.08, 0.2}, {0.2, 0.6, 0.3}, 1.0},
};

/// Skin in the outline, a fringe over the upper forehead, background elsewhere.
Image draw(const Scene& scene, const Image& outline, double fringe_below) {
  Rng rng(11);
  Image rgb(kSize, kSize, 3);
  for (std::int64_t y = 0; y < kSize; ++y) {
    for (std::int64_t x = 0; x < kSize; ++x) {
      const double dx = static_cast<double>(x) - 112;
      const double dy = static_cast<double>(y) - 85;
      const bool hair = std::hypot(dx, dy) < 84 && static_cast<double>(y) < fringe_below;
      const bool face = *outline.at(y, x) > 0;
      const Rgb& color = hair ? scene.hair : face ? scene.skin : scene.background;
      const double shade = face && !hair && x > 112 ? scene.shade : 1.0;
      for (std::size_t c = 0; c < 3; ++c)
        rgb.at(y, x)[c] =
            static_cast<float>(std::clamp(color[c] * shade + 0.02 * rng.normal(), 0.0, 1.0));
    }
  }
  return rgb;
}

TEST_CASE("the mask is the visible skin, whatever its color and light") {
  const Landmarks landmarks = rendered_landmarks();
  const Image outline = face_outline(landmarks, kSize);
  const double fringe = 62;
  for (const Scene& scene : kScenes) {
    CAPTURE(scene.name);
    const Image mask = skin_mask(draw(scene, outline, fringe), landmarks);
    double inside = 0;
    double inside_count = 0;
    double outside = 0;
    double outside_count = 0;
    for (std::int64_t y = 0; y < kSize; ++y) {
      for (std::int64_t x = 0; x < kSize; ++x) {
        if (std::abs(static_cast<double>(y) - fringe) < 3) continue;  // the edge is soft
        const bool bare = *outline.at(y, x) > 0 && static_cast<double>(y) > fringe;
        (bare ? inside : outside) += *mask.at(y, x);
        (bare ? inside_count : outside_count) += 1;
      }
    }
    CHECK(inside / inside_count > 0.95);
    CHECK(outside / outside_count < 0.02);
  }
}

TEST_CASE("hidden places are no skin, and what they show is not learned") {
  const Landmarks landmarks = rendered_landmarks();
  const Image outline = face_outline(landmarks, kSize);
  for (const Scene& scene : kScenes) {
    CAPTURE(scene.name);
    // Below the nose the crop shows stripes in two colors, as a photo's repeated border does.
    Image rgb = draw(scene, outline, 62);
    Image hidden(kSize, kSize, 1);
    for (std::int64_t y = 138; y < kSize; ++y)
      for (std::int64_t x = 0; x < kSize; ++x) {
        *hidden.at(y, x) = 1;
        const Rgb& color = x / 12 % 2 == 0 ? scene.hair : scene.background;
        for (std::size_t c = 0; c < 3; ++c) rgb.at(y, x)[c] = static_cast<float>(color[c]);
      }
    const Image mask = skin_mask(rgb, landmarks, hidden);
    Image other_stripes = rgb;
    for (std::int64_t y = 142; y < kSize; ++y) std::fill_n(other_stripes.at(y, 0), 3 * kSize, 0.5F);
    const Image other_mask = skin_mask(other_stripes, landmarks, hidden);
    double inside = 0, inside_count = 0, fringe = 0, fringe_count = 0;
    for (std::int64_t y = 0; y < kSize; ++y)
      for (std::int64_t x = 0; x < kSize; ++x) {
        if (y >= 138 && *mask.at(y, x) != 0) FAIL("hidden skin in row " << y);
        // A smoothing filter reads three pixels on, twice, and features take the ring around them.
        if (y < 125 && *mask.at(y, x) != *other_mask.at(y, x)) FAIL("row " << y);
        if (!(*outline.at(y, x) > 0) || y >= 132) continue;
        if (y > 66) inside += *mask.at(y, x), inside_count += 1;
        if (y < 58) fringe += *mask.at(y, x), fringe_count += 1;
      }
    CHECK(inside / inside_count > 0.9);
    CHECK(fringe / fringe_count < 0.1);
  }
  CHECK_THROWS_AS(skin_mask(Image(kSize, kSize, 3), landmarks, Image(kSize, 10, 1)), Error);
}

TEST_CASE("an alpha channel is a skin mask when it leaves out what surrounds the face") {
  const Landmarks landmarks = rendered_landmarks();
  const Image outline = face_outline(landmarks, kSize);
  CHECK(is_skin_mask(outline, {}, landmarks));
  Image with_neck = outline;
  Image cut_out(kSize, kSize, 1);
  Image opaque(kSize, kSize, 1, 1.0F);
  for (std::int64_t y = 0; y < kSize; ++y)
    for (std::int64_t x = 0; x < kSize; ++x) {
      const double dx = static_cast<double>(x) - 112;
      const double dy = static_cast<double>(y) - 95;
      if (y > 160 && std::abs(dx) < 32) *with_neck.at(y, x) = 1;  // as a color model may say
      if (std::hypot(dx / 84, dy / 100) < 1 || y > 170) *cut_out.at(y, x) = 1;
    }
  CHECK(is_skin_mask(with_neck, {}, landmarks));
  CHECK_FALSE(is_skin_mask(cut_out, {}, landmarks));
  CHECK_FALSE(is_skin_mask(opaque, {}, landmarks));
  // What lies beyond the photo says nothing: there the mask is 0 for any alpha.
  Image beyond(kSize, kSize, 1);
  Image short_cut_out = cut_out;
  for (std::int64_t y = 0; y < kSize; ++y)
    for (std::int64_t x = 0; x < kSize; ++x)
      if (x < 50 || x > 174 || y > 150) {
        *beyond.at(y, x) = 1;
        *short_cut_out.at(y, x) = 0;
      }
  CHECK_FALSE(is_skin_mask(short_cut_out, beyond, landmarks));
}

TEST_CASE("the outline reaches the forehead and stays within the crop") {
  const Landmarks landmarks = rendered_landmarks();
  const Image outline = face_outline(landmarks, kSize);
  CHECK(*outline.at(55, 112) == 1);   // forehead, 29 px above the brows
  CHECK(*outline.at(20, 112) == 0);   // above the hairline
  CHECK(*outline.at(170, 112) == 1);  // chin
  CHECK(*outline.at(184, 112) == 0);
  Landmarks away = landmarks;
  for (Point& p : away) p = {p.x * 3 - 200, p.y * 3 - 200};
  const Image large = face_outline(away, kSize);
  CHECK(*large.at(112, 112) == 1);
  for (Point& p : away) p.x += 1e6;
  const Image none = face_outline(away, kSize);
  CHECK(*std::max_element(none.pixels.begin(), none.pixels.end()) == 0);
}

TEST_CASE("the mask is the same for any number of calls and finite on flat pictures") {
  const Landmarks landmarks = rendered_landmarks();
  for (const float level : {0.0F, 0.5F, 1.0F}) {
    const Image mask = skin_mask(Image(kSize, kSize, 3, level), landmarks);
    for (const float v : mask.pixels) {
      if (!(v >= 0 && v <= 1)) FAIL("mask value " << v);
    }
    CHECK(skin_mask(Image(kSize, kSize, 3, level), landmarks).pixels == mask.pixels);
  }
  CHECK_THROWS_AS(skin_mask(Image(10, 20, 3), landmarks), Error);
}

TEST_CASE("shrinking a mask agrees with the original's morphology") {
  const auto file = fgcn::test::shared_data("golden/geometry/erosion.npz");
  if (!file) return;
  const io::Npz golden = io::read_npz(*file);
  const std::vector<double> in = at(golden, "mask", "erosion.npz").doubles();
  const std::vector<double> out = at(golden, "out", "erosion.npz").doubles();
  Image mask(224, 224, 1);
  std::copy(in.begin(), in.end(), mask.pixels.begin());
  const Image got = shrink_mask(mask);
  std::size_t different = 0;
  for (std::size_t i = 0; i < out.size(); ++i) different += got.pixels[i] == out[i] ? 0 : 1;
  CHECK(different == 0);
}

TEST_CASE("shrinking scales with the crop and leaves a full mask full") {
  const Image full(448, 448, 1, 1.0F);
  CHECK(shrink_mask(full).pixels == full.pixels);
  // A half plane loses 2 * 8 - 4 = 12 px at 448: twice the 6 px at 224.
  Image half(448, 448, 1);
  for (std::int64_t y = 0; y < 448; ++y) std::fill_n(half.at(y, 100), 348, 1.0F);
  const Image shrunk = shrink_mask(half);
  CHECK(*shrunk.at(224, 111) == 0);
  CHECK(*shrunk.at(224, 112) == 1);
}

}  // namespace
}  // namespace fgcn::photo
