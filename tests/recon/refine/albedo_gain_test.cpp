#include "recon/refine/albedo_gain.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "kernels/core/error.h"
#include "kernels/core/rng.h"

using namespace fgcn;
using namespace fgcn::recon;

namespace {

constexpr std::size_t kVertices = 100;

/// Arrays of one color each, as a face of this skin in this light would give them.
GainFeatures features_of(double skin, double light) {
  const auto all = [](double value) {
    return std::vector<float>(3 * kVertices, static_cast<float>(value));
  };
  const std::vector<float> visible(kVertices, 1.0F);
  std::array<double, 27> sh_coefficients{};
  for (std::size_t c = 0; c < 3; ++c) sh_coefficients[9 * c] = light;
  return *gain_features(all(skin * light), all(std::sqrt(skin * light)), all(light), all(0.5),
                        visible, sh_coefficients);
}

double gain_of(double skin, double light) {
  return 0.2 * std::log(skin) + 0.1 * std::log(skin) * std::log(light) + 0.1;
}

AlbedoGain fitted() {
  GainRegression regression;
  Rng rng(3);
  for (int i = 0; i < 500; ++i) {
    const double skin = rng.uniform(0.2, 0.8), light = rng.uniform(0.7, 1.3);
    // Linear in the logarithms and in a square, so the regression can say it exactly.
    const double gain = gain_of(skin, light);
    regression.add(features_of(skin, light), {gain, gain + 0.05, -gain});
  }
  CHECK(regression.faces() == 500);
  return regression.solve();
}

}  // namespace

TEST_CASE("gain: features are logarithms of means over seen vertices, and the light") {
  std::vector<float> photo(3 * kVertices, 0.25F), visible(kVertices, 0.0F);
  const std::vector<float> half(3 * kVertices, 0.5F), one(3 * kVertices, 1.0F);
  std::array<double, 27> sh_coefficients{};
  for (std::size_t i = 0; i < sh_coefficients.size(); ++i)
    sh_coefficients[i] = 0.1 * static_cast<double>(i);
  CHECK_FALSE(gain_features(photo, half, one, half, visible, sh_coefficients));
  for (std::size_t v = 0; v < 60; ++v) visible[v] = 1;
  for (std::size_t v = 0; v < 30; ++v) photo[3 * v + 1] = 0.75F;  // half of the seen ones
  for (std::size_t v = 60; v < kVertices; ++v) photo[3 * v] = 1;  // not seen
  const auto f = gain_features(photo, half, one, half, visible, sh_coefficients);
  REQUIRE(f);
  const auto log = [](double x) { return doctest::Approx(std::log(x)); };
  CHECK((*f)[0] == log(0.25));
  CHECK((*f)[1] == log(0.5));
  CHECK((*f)[3] == log(0.5));
  CHECK((*f)[6] == doctest::Approx(0));
  CHECK((*f)[12] == doctest::Approx(0.9));  // of 0, 0.9 and 1.8
  CHECK((*f)[15] == doctest::Approx(1.2));
  CHECK((*f)[16 + 26] == doctest::Approx(2.6));
  visible.pop_back();
  CHECK_THROWS_AS(gain_features(photo, half, one, half, visible, sh_coefficients), Error);
}

TEST_CASE("gain: a gain that is linear in the terms is found; far away it stays bounded") {
  const AlbedoGain gain = fitted();
  for (const double skin : {0.3, 0.5, 0.7}) {
    for (const double light : {0.8, 1.2}) {
      const double expected = gain_of(skin, light);
      const auto found = gain.gain(features_of(skin, light));
      CHECK(std::abs(std::log(static_cast<double>(found[0])) - expected) < 0.01);
      CHECK(std::abs(std::log(static_cast<double>(found[1])) - expected - 0.05) < 0.01);
      CHECK(std::abs(std::log(static_cast<double>(found[2])) + expected) < 0.01);
    }
  }
  for (const float g : gain.gain(features_of(1e-9, 1e9))) CHECK((g > 0.74F && g < 1.36F));
  CHECK_THROWS_AS(GainRegression().solve(), Error);
}

TEST_CASE("gain: levels are drawn together less than by least squares") {
  // The photo is skin in a light that nothing tells; so is the refined albedo.
  constexpr double kSkin = 0.3, kPhoto = 0.15, kRefined = 0.05, kFollowed = 0.4;
  GainRegression regression;
  Rng rng(5);
  const auto face = [&](double level) {
    GainFeatures f{};
    f[0] = f[1] = f[2] = level + kPhoto * rng.normal();
    f[9] = f[10] = f[11] = kFollowed * level + kRefined * rng.normal();
    return f;
  };
  for (int i = 0; i < 4000; ++i) {
    const double level = kSkin * rng.normal();
    const GainFeatures f = face(level);
    regression.add(f, {level - f[9], level - f[10], level - f[11]});
  }
  const AlbedoGain gain = regression.solve();
  const auto expected = [&](double level) {
    double sum = 0;
    for (int i = 0; i < 20000; ++i) {
      const GainFeatures f = face(level);
      sum += f[9] + std::log(static_cast<double>(gain.gain(f)[0]));
    }
    return sum / 20000;
  };
  const double slope = (expected(0.3) - expected(-0.3)) / 0.6;
  const double known = 1 / (kPhoto * kPhoto) + std::pow(kFollowed / kRefined, 2);
  const double least_squares = kSkin * kSkin / (kSkin * kSkin + 1 / known);
  MESSAGE("predicted of true levels: ", slope, ", by least squares ", least_squares);
  CHECK(slope == doctest::Approx(least_squares + 0.25 * (1 - least_squares)).epsilon(0.01));
}

TEST_CASE("gain: what is left over is of faces that the regression has not seen") {
  // Gains that nothing explains: whoever judges a regression by its own faces finds less.
  GainRegression noise;
  Rng rng(4);
  double sum = 0;
  for (int i = 0; i < 400; ++i) {
    const double gain = rng.normal() * 0.1;
    sum += gain * gain;
    noise.add(features_of(rng.uniform(0.2, 0.8), rng.uniform(0.7, 1.3)), {gain, 0, 0});
  }
  const std::array<double, 3> left = noise.left_over(10);
  CHECK(left[0] > std::sqrt(sum / 400));
  CHECK(left[0] < 1.1 * std::sqrt(sum / 400));
  CHECK(left[1] == doctest::Approx(0));
  GainRegression single;
  single.add(features_of(0.5, 1), {0, 0, 0});
  CHECK(std::isnan(single.left_over(10)[0]));
}

TEST_CASE("gain: a file gives back what was put; damaged arrays are refused by name") {
  const AlbedoGain gain = fitted();
  io::Safetensors file;
  CHECK_FALSE(take_gain(file, "test"));
  put_gain(file, gain);
  const auto again = take_gain(file, "test");
  REQUIRE(again);
  CHECK(again->mean == gain.mean);
  CHECK(again->scale == gain.scale);
  CHECK(again->weight == gain.weight);
  CHECK(again->offset == gain.offset);
  const auto refused = [&](const char* name, std::vector<float> values) {
    io::Safetensors bad = file;
    bad.tensors[name] = io::StoredTensor::of({static_cast<std::int64_t>(values.size())}, values);
    CHECK_THROWS_WITH_AS(take_gain(bad, "test"), doctest::Contains(name), InputError);
  };
  refused("gain.offset", {0, 0});
  refused("gain.mean", std::vector<float>(kGainFeatures, std::numeric_limits<float>::quiet_NaN()));
  refused("gain.scale", std::vector<float>(kGainFeatures, 0.0F));
  file.tensors.erase("gain.mean");
  CHECK_THROWS_AS(take_gain(file, "test"), InputError);
}
