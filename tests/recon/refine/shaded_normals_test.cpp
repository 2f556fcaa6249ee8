// Normals that follow a photo's shading: found where the light shows a bump, and not where it is
// paint, hidden, or lit from everywhere.
#include "recon/refine/shaded_normals.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <vector>

#include "kernels/core/error.h"
#include "kernels/sh_light/sh_light_math.h"
#include "recon/refine/shading_evidence.h"

namespace fgcn::recon {
namespace {

constexpr std::int64_t kSize = 112;
constexpr double kAlbedo = 0.6;
constexpr double kPeak = 0.6, kWidth = 2.5;  // pixels

using Color = std::array<double, 3>;

double bump(double y, double x) {
  const double dx = x - 50, dy = y - 60;
  return kPeak * std::exp(-(dx * dx + dy * dy) / (2 * kWidth * kWidth));
}

/// A light from the image's right and from above, of one color.
std::array<double, 27> light_from_the_right() {
  std::array<double, 27> out{};
  for (std::size_t c = 0; c < 3; ++c) {
    out[9 * c + 1] = -0.12;
    out[9 * c + 2] = 0.05;
    out[9 * c + 3] = -0.25;
  }
  return out;
}

/// The direction in which a bump with these slopes faces; y in the image is down.
std::array<double, 3> turned(double by_x, double by_down) {
  const double length = std::sqrt(by_x * by_x + by_down * by_down + 1);
  return {-by_x / length, by_down / length, 1 / length};
}

Color lit(const std::array<double, 3>& normal, const std::array<double, 27>& light) {
  double basis[9];
  kernels::sh_basis(normal.data(), basis);
  Color out{};
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t k = 0; k < 9; ++k)
      out[c] += basis[k] * (light[9 * c + k] + (k == 0 ? kernels::kAmbientOffset : 0));
  return out;
}

SeenSurface flat_skin() {
  SeenSurface out{Image(kSize, kSize, 3), Image(kSize, kSize, 3, kAlbedo),
                  Image(kSize, kSize, 3, kAlbedo), Image(kSize, kSize, 1, 1.0F)};
  for (std::size_t i = 2; i < out.normals.pixels.size(); i += 3) out.normals.pixels[i] = 1;
  return out;
}

/// A photo of flat skin; `look` gives the normal and the factors of the albedo at a pixel.
struct Look {
  std::array<double, 3> normal{0, 0, 1};
  Color paint{1, 1, 1};
};
Image photo_of(const std::function<Look(double, double)>& look,
               const std::array<double, 27>& light) {
  Image out(kSize, kSize, 3);
  for (std::int64_t y = 0; y < kSize; ++y)
    for (std::int64_t x = 0; x < kSize; ++x) {
      const Look seen = look(static_cast<double>(y), static_cast<double>(x));
      const Color light_there = lit(seen.normal, light);
      for (std::size_t c = 0; c < 3; ++c)
        out.at(y, x)[c] = static_cast<float>(kAlbedo * seen.paint[c] * light_there[c]);
    }
  return out;
}

Look bumpy(double y, double x) {
  return {turned((bump(y, x + 1) - bump(y, x - 1)) / 2, (bump(y + 1, x) - bump(y - 1, x)) / 2)};
}

/// Landmarks far away: nothing in the picture is a brow or a lip.
photo::Landmarks elsewhere() {
  photo::Landmarks out;
  for (std::size_t k = 0; k < out.size(); ++k) out[k] = {-500.0 - double(k), -400.0 + double(k)};
  return out;
}

ShadedNormals found(const Image& photo, const SeenSurface& surface) {
  return shaded_normals(photo, surface, light_from_the_right(), elsewhere());
}

double angle(const Image& tilt, std::size_t pixel) {
  const float* t = &tilt.pixels[3 * pixel];
  return std::atan(std::hypot(double{t[0]}, double{t[1]}, double{t[2]})) * 57.29578;
}

double largest_angle(const Image& tilt) {
  double out = 0;
  for (std::size_t i = 0; i < tilt.pixels.size() / 3; ++i) out = std::max(out, angle(tilt, i));
  return out;
}

/// Along the tilts of the bump: their gain and correlation where it is steeper than 2 degrees.
std::array<double, 2> against_bump(const Image& tilt) {
  double both = 0, own = 0, real = 0;
  for (std::int64_t y = 8; y + 8 < kSize; ++y)
    for (std::int64_t x = 8; x + 8 < kSize; ++x) {
      const auto n = bumpy(static_cast<double>(y), static_cast<double>(x)).normal;
      const std::array<double, 2> true_tilt{n[0] / n[2], n[1] / n[2]};
      if (std::hypot(true_tilt[0], true_tilt[1]) < 0.035) continue;
      const float* t = tilt.at(y, x);
      both += double{t[0]} * true_tilt[0] + double{t[1]} * true_tilt[1];
      own += double{t[0]} * double{t[0]} + double{t[1]} * double{t[1]};
      real += true_tilt[0] * true_tilt[0] + true_tilt[1] * true_tilt[1];
    }
  return {both / real, both / std::sqrt(own * real)};
}

TEST_CASE("a bump in the photo turns the normals as it is shaped") {
  const Image photo = photo_of(bumpy, light_from_the_right());
  const ShadedNormals normals = found(photo, flat_skin());
  const auto [gain, correlation] = against_bump(normals.tilt);
  CHECK(gain > 0.2);  // the priors hold a faint bump low
  CHECK(gain < 1.1);
  CHECK(correlation > 0.8);
  CHECK(normals.held == std::array<double, 3>{0, 0, 0});  // the albedo knows nothing of it
  for (std::size_t i = 0; i < normals.tilt.pixels.size() / 3; ++i) {
    if (std::hypot(double(i % kSize) - 50, double(i) / kSize - 60) < 14) continue;
    REQUIRE(angle(normals.tilt, i) < 1);
  }
}

TEST_CASE("an albedo that holds the shading is told so") {
  const std::array<double, 27> light = light_from_the_right();
  const Image photo = photo_of(bumpy, light);
  SeenSurface surface = flat_skin();
  const Color smooth = lit({0, 0, 1}, light);
  for (std::size_t i = 0; i < surface.albedo.pixels.size(); ++i)
    surface.albedo.pixels[i] = photo.pixels[i] / static_cast<float>(smooth[i % 3]);
  for (const double held : found(photo, surface).held)
    CHECK(held == doctest::Approx(1).epsilon(0.05));
  // A channel in which the folds are deeper holds more.
  for (std::size_t i = 1; i < surface.albedo.pixels.size(); i += 3) {
    const double deep = double{surface.albedo.pixels[i]} / kAlbedo;
    surface.albedo.pixels[i] = static_cast<float>(kAlbedo * std::pow(deep, 1.2));
  }
  const std::array<double, 3> deeper = found(photo, surface).held;
  CHECK(deeper[1] / deeper[0] == doctest::Approx(1.2).epsilon(0.02));
  CHECK(deeper[0] + deeper[1] + deeper[2] == doctest::Approx(3));
}

TEST_CASE("freckles and blood move no normal") {
  const std::array<Color, 2> pigments{{{0.45, 0.8, 1}, {0.15, 1, 0.7}}};
  for (const Color& pigment : pigments) {
    const auto spotted = [&](double y, double x) {
      Look out;
      const double r = std::hypot(std::remainder(x, 16), std::remainder(y, 16));
      for (std::size_t c = 0; c < 3; ++c)
        out.paint[c] = std::exp(-0.15 * pigment[c] * std::exp(-r * r / 8));
      return out;
    };
    const ShadedNormals normals = found(photo_of(spotted, light_from_the_right()), flat_skin());
    CHECK(largest_angle(normals.tilt) < 3);
  }
}

TEST_CASE("flat skin stays flat: exactly in a picture without detail, nearly in noise") {
  const Image plain = photo_of([](double, double) { return Look{}; }, light_from_the_right());
  CHECK(largest_angle(found(plain, flat_skin()).tilt) < 0.01);
  Image noisy = plain;
  std::uint32_t state = 1;
  for (float& c : noisy.pixels) {
    state = 1664525 * state + 1013904223;
    c += 0.01F * (static_cast<float>(state >> 8) / float(1 << 24) - 0.5F);
  }
  CHECK(largest_angle(found(noisy, flat_skin()).tilt) < 1);
}

TEST_CASE("nothing is found in hidden skin, at grazing angles, in eyes and lips, or burnt out") {
  const Image photo = photo_of(bumpy, light_from_the_right());
  SeenSurface hidden = flat_skin();
  for (float& v : hidden.visible.pixels) v = 0.5F;
  CHECK(largest_angle(found(photo, hidden).tilt) == 0);
  SeenSurface grazing = flat_skin();
  for (std::size_t i = 0; i < grazing.normals.pixels.size(); i += 3) {
    grazing.normals.pixels[i] = 0.97F;
    grazing.normals.pixels[i + 2] = 0.24F;
  }
  CHECK(largest_angle(found(photo, grazing).tilt) == 0);
  photo::Landmarks lips = elsewhere();
  for (std::size_t k = 48; k < 60; ++k) {
    const double turn = static_cast<double>(k - 48) * 0.5235988;
    lips[k] = {50.5 + 20 * std::cos(turn), 60.5 + 20 * std::sin(turn)};
  }
  CHECK(largest_angle(shaded_normals(photo, flat_skin(), light_from_the_right(), lips).tilt) < 0.3);
  Image burnt = photo;
  for (float& c : burnt.pixels) c = 1;
  CHECK(largest_angle(found(burnt, flat_skin()).tilt) == 0);
}

TEST_CASE("a steep crease is bounded to 35 degrees") {
  const auto crease = [](double, double x) {
    Look out;
    out.normal = turned(std::abs(x - 50) < 4 ? (x < 50 ? -3.0 : 3.0) : 0.0, 0);
    return out;
  };
  const Image tilt = found(photo_of(crease, light_from_the_right()), flat_skin()).tilt;
  CHECK(largest_angle(tilt) <= 35.0);
}

TEST_CASE("pictures that do not fit together are refused") {
  const Image photo = photo_of(bumpy, light_from_the_right());
  SeenSurface surface = flat_skin();
  surface.usual = Image(kSize, kSize - 1, 3);
  CHECK_THROWS_WITH_AS(found(photo, surface), doctest::Contains("the surface is 112 x 111"), Error);
  CHECK_THROWS_WITH_AS(found(Image(kSize, kSize, 4), flat_skin()),
                       doctest::Contains("expected a square of 3 channels"), Error);
}

}  // namespace
}  // namespace fgcn::recon
