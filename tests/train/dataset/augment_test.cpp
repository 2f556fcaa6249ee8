#include "train/dataset/augment.h"

#include <doctest/doctest.h>

#include <cmath>

#include "kernels/core/error.h"
#include "kernels/rigid/rigid_math.h"
#include "mesh/face/embedded/embedded_face.h"
#include "recon/fit/fit_surfaces.h"
#include "recon/fit/relight.h"
#include "tests/support/synthetic_sample.h"

namespace fgcn::train {
namespace {

using test::rendered_error;
using test::synthetic_sample;

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  double out = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = std::abs(double{a[i]} - double{b[i]});
    if (!(d <= out)) out = d;
  }
  return out;
}

TEST_CASE("a flipped photo is fitted by the flipped fit as well as the photo was") {
  const mesh::FaceModel model = mesh::make_embedded_face();
  const Augmenter augment(model);
  REQUIRE(augment.can_flip());
  for (const std::uint64_t seed : {1, 2}) {
    const recon::PhotoSample before = synthetic_sample(model, Rng(seed));
    const recon::PhotoSample after = augment.flip(before);
    CHECK(std::abs(after.fit.landmark_error - before.fit.landmark_error) < 1e-5);
    CHECK(std::abs(rendered_error(model, after) - rendered_error(model, before)) < 1e-4);
    // The subject's other side is another picture: not flipping the fit shows.
    recon::PhotoSample half = after;
    half.fit = before.fit;
    CHECK(recon::landmark_error(half.fit, half.landmarks) > 3 * before.fit.landmark_error);
    CHECK(after.landmarks[36].x == doctest::Approx(224 - before.landmarks[45].x));
    double off = 0;
    for (std::size_t v = 0; v < model.mirror.size(); ++v) {
      const auto pair = static_cast<std::size_t>(model.mirror[v]);
      off = std::max(
          off, std::abs(double{after.fit.vertices[3 * v]} + double{before.fit.vertices[3 * pair]}));
      off = std::max(off, std::abs(double{after.fit.vertex_irradiance[3 * v]} -
                                   double{before.fit.vertex_irradiance[3 * pair]}));
    }
    CHECK(off < 1e-4);
    const recon::PhotoSample back = augment.flip(after);
    CHECK(back.crop.pixels == before.crop.pixels);
    CHECK(back.fit.identity == before.fit.identity);
    CHECK(back.fit.expression == before.fit.expression);
    CHECK(back.fit.albedo == before.fit.albedo);
    CHECK(back.fit.sh_coefficients == before.fit.sh_coefficients);
  }
}

TEST_CASE("a moved, scaled and rolled photo keeps its fit") {
  const mesh::FaceModel model = mesh::make_embedded_face();
  const Augmenter augment(model);
  const recon::PhotoSample before = synthetic_sample(model, Rng(3));
  const double error = rendered_error(model, before);
  const double eyes = std::hypot(before.landmarks[36].x - before.landmarks[45].x,
                                 before.landmarks[36].y - before.landmarks[45].y);
  for (const CropMove& move : {CropMove{6, -4, 1, 0}, CropMove{0, 0, 1, 0.15},
                               CropMove{0, 0, 1.04, 0}, CropMove{-4, 4, 0.96, -0.08}}) {
    CAPTURE(move.shift_x);
    CAPTURE(move.scale);
    CAPTURE(move.roll);
    const recon::PhotoSample after = augment.move(before, move);
    const double rendered = rendered_error(model, after);
    MESSAGE("rendered " << error << " then " << rendered << ", landmarks "
                        << before.fit.landmark_error << " then " << after.fit.landmark_error);
    CHECK(rendered < error + 0.002);  // resampling blurs edges
    // A quarter of a pixel: what another distance costs where depth is not the mean.
    CHECK(std::abs(after.fit.landmark_error - before.fit.landmark_error) < 0.25 / eyes);
    double farthest = 0;  // of a landmark's vertex from where the picture's move puts it
    for (const std::int32_t v : before.fit.landmark_vertices) {
      const float* old = &before.fit.screen[3 * static_cast<std::size_t>(v)];
      const float* now = &after.fit.screen[3 * static_cast<std::size_t>(v)];
      const double dx = double{old[0]} - 112, dy = double{old[1]} - 112;
      const double c = std::cos(move.roll), s = std::sin(move.roll);
      farthest = std::max(
          farthest,
          std::hypot(112 + move.shift_x + move.scale * (c * dx - s * dy) - double{now[0]},
                     112 + move.shift_y + move.scale * (s * dx + c * dy) - double{now[1]}));
    }
    MESSAGE("farthest " << farthest << " px");
    CHECK(farthest < (move.scale == 1 ? 0.1 : 0.4));
    CHECK(largest_difference(after.fit.vertex_irradiance, before.fit.vertex_irradiance) < 1e-4);
    recon::PhotoSample still = after;
    still.fit = before.fit;
    CHECK(rendered_error(model, still) > rendered);
  }
}

TEST_CASE("a brighter photo has a brighter light") {
  const mesh::FaceModel model = mesh::make_embedded_face();
  const Augmenter augment(model);
  const recon::PhotoSample before = synthetic_sample(model, Rng(4));
  const std::array<double, 3> gain{0.9, 1.05, 0.8};
  const recon::PhotoSample after = augment.recolor(before, gain);
  CHECK(rendered_error(model, after) < rendered_error(model, before) + 0.002);
  double off = 0;
  for (std::size_t i = 0; i < before.fit.vertex_irradiance.size(); ++i)
    off = std::max(off, std::abs(double{after.fit.vertex_irradiance[i]} -
                                 gain[i % 3] * double{before.fit.vertex_irradiance[i]}));
  CHECK(off < 1e-5);
}

TEST_CASE("a turned light shines on the turned normal as it did before") {
  Rng rng(5);
  const double angles[3] = {0.4, -0.7, 1.1};
  const auto turn = kernels::euler_rotation(angles);
  std::array<double, 9> rotation{};
  std::copy_n(turn.at, 9, rotation.begin());
  std::array<double, 27> light{};
  for (double& g : light) g = rng.normal();
  const std::array<double, 27> turned = turned_light(light, rotation);
  std::vector<float> n, m;
  for (int i = 0; i < 20; ++i) {
    double v[3] = {rng.normal(), rng.normal(), rng.normal()};
    const double length = std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    for (double& x : v) x /= length;
    for (int k = 0; k < 3; ++k) {
      n.push_back(static_cast<float>(v[k]));
      m.push_back(static_cast<float>(turn.at[3 * k] * v[0] + turn.at[3 * k + 1] * v[1] +
                                     turn.at[3 * k + 2] * v[2]));
    }
  }
  CHECK(largest_difference(recon::light_at(n, light), recon::light_at(m, turned)) < 1e-5);
}

TEST_CASE("landmarks are placed by themselves as they are among all vertices") {
  const mesh::FaceModel model = mesh::make_embedded_face();
  const recon::FitSurfaces surfaces(Context(Device::kCpu, 1), model);
  for (const std::uint64_t seed : {8, 9, 10}) {
    const recon::PhotoSample sample = synthetic_sample(model, Rng(seed));
    const std::vector<float> alone =
        surfaces.landmarks_on_screen(recon::crop_camera(224), sample.fit);
    REQUIRE(alone.size() == 3 * photo::kLandmarks);
    for (std::size_t k = 0; k < photo::kLandmarks; ++k)
      for (std::size_t c = 0; c < 3; ++c)
        CHECK(alone[3 * k + c] ==
              sample.fit.screen[3 * static_cast<std::size_t>(sample.fit.landmark_vertices[k]) + c]);
  }
  recon::FitResult wrong = synthetic_sample(model, Rng(8)).fit;
  wrong.landmark_vertices[5] = static_cast<std::int32_t>(model.vertices());
  CHECK_THROWS_AS(surfaces.landmarks_on_screen(recon::crop_camera(224), wrong), Error);
}

TEST_CASE("augmentation repeats its bits, and does not flip a model that is not its mirror image") {
  mesh::FaceModel model = mesh::make_embedded_face();
  const recon::PhotoSample sample = synthetic_sample(model, Rng(6));
  AugmentOptions always;
  always.flip = 1;
  const Augmenter symmetric(model, always);
  const recon::PhotoSample first = symmetric(sample, Rng(7)), again = symmetric(sample, Rng(7));
  CHECK(first.crop.pixels == again.crop.pixels);
  CHECK(first.fit.vertices == again.fit.vertices);
  CHECK(first.crop.pixels != symmetric(sample, Rng(8)).crop.pixels);
  CHECK(std::abs(first.landmarks[0].x - (224 - sample.landmarks[16].x)) < 20);

  // The surfaces are those of the coefficients that came out, whatever the sample's were.
  recon::PhotoSample bare = sample;
  bare.fit.vertices.clear();
  bare.fit.screen.clear();
  bare.fit.normals.clear();
  bare.fit.albedo_colors.clear();
  bare.fit.vertex_irradiance.clear();
  const recon::PhotoSample of_bare = symmetric(bare, Rng(7));
  CHECK(of_bare.fit.translation_dm == first.fit.translation_dm);
  CHECK(of_bare.fit.screen == first.fit.screen);
  CHECK(of_bare.fit.vertex_irradiance == first.fit.vertex_irradiance);
  const recon::FitSurfaces surfaces(Context(Device::kCpu, 1), model);
  recon::FitResult filled = first.fit;
  surfaces.fill(recon::crop_camera(224), filled);
  CHECK(filled.vertices == first.fit.vertices);
  CHECK(filled.screen == first.fit.screen);
  CHECK(filled.normals == first.fit.normals);
  CHECK(filled.albedo_colors == first.fit.albedo_colors);
  CHECK(filled.vertex_irradiance == first.fit.vertex_irradiance);

  mesh::FaceModel crooked = model;
  crooked.identity.data[30] += 0.01F;
  const Augmenter other(crooked, always);
  CHECK_FALSE(other.can_flip());
  CHECK_THROWS_AS(other.flip(sample), Error);
  recon::PhotoSample colors = sample;
  colors.crop = Image(224, 224, 3);
  CHECK_THROWS_AS(other.move(colors, {}), Error);
  CHECK_THROWS_AS(other.recolor(colors, {1, 1, 1}), Error);
  const recon::PhotoSample kept = other(sample, Rng(7));
  CHECK(std::abs(kept.landmarks[0].x - sample.landmarks[0].x) < 20);
}

}  // namespace
}  // namespace fgcn::train
