#include "train/synthetic/synthetic_faces.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/named_face.h"
#include "recon/fit/fit_light.h"
#include "train/synthetic/camera_effects.h"
#include "train/synthetic/face_stream.h"
#include "train/synthetic/value_noise.h"

using namespace fgcn;
using namespace fgcn::train;

namespace {

bool within_unit(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return v >= 0 && v <= 1; });
}

}  // namespace

TEST_CASE("a synthetic face depends on seed and index alone") {
  const mesh::FaceModel model = mesh::make_embedded_face();
  FaceSynthesizer one(model), two(model);
  one(3, 0);  // the face rendered before must not matter
  const SyntheticFace a = one(3, 8);
  const SyntheticFace b = two(3, 8);
  CHECK(a.observation.crop.pixels == b.observation.crop.pixels);
  CHECK(a.observation.coarse_albedo == b.observation.coarse_albedo);
  CHECK(a.observation.vertex_irradiance == b.observation.vertex_irradiance);
  CHECK(a.albedo == b.albedo);
  CHECK(a.unoccluded == b.unoccluded);
  const SyntheticFace c = two(4, 8);
  CHECK(a.albedo != c.albedo);
}

TEST_CASE("a synthetic face is consistent: colors in range, what is unoccluded is visible") {
  const mesh::FaceModel model = mesh::make_embedded_face();
  FaceSynthesizer synthesizer(model);
  for (std::uint64_t i = 0; i < 4; ++i) {
    CAPTURE(i);
    const SyntheticFace face = synthesizer(11, i);
    const recon::Observation& o = face.observation;
    CHECK(within_unit(o.crop.pixels));
    CHECK(within_unit(face.albedo));
    CHECK(within_unit(o.coarse_albedo));
    CHECK(within_unit(o.photo_color));
    std::size_t visible = 0;
    for (std::size_t v = 0; v < face.unoccluded.size(); ++v) {
      REQUIRE(face.unoccluded[v] <= o.visible[v]);
      visible += o.visible[v] > 0 ? 1 : 0;
      REQUIRE(std::isfinite(o.vertex_irradiance[3 * v]));
    }
    CHECK(visible > face.unoccluded.size() / 20);
    CHECK(visible < face.unoccluded.size());
  }
}

namespace {

/// Median over `faces` synthetic faces of the mean green irradiance of skin that the camera sees.
double usual_level(const mesh::FaceModel& model, std::uint64_t faces) {
  FaceSynthesizer synthesizer(model);
  std::vector<double> levels;
  for (std::uint64_t i = 0; i < faces; ++i) {
    const SyntheticFace face = synthesizer(5, i);
    const std::vector<float> share = recon::picture_weights(model, face.screen, face.normals);
    double sum = 0, weight = 0;
    for (std::size_t v = 0; v < share.size(); ++v) {
      if (face.unoccluded[v] == 0 || model.skin[v] == 0) continue;
      const auto color = static_cast<double>(face.observation.photo_color[3 * v + 1]);
      const auto albedo = static_cast<double>(face.albedo[3 * v + 1]);
      sum += static_cast<double>(share[v]) * color / std::max(albedo, 0.02);
      weight += static_cast<double>(share[v]);
    }
    if (weight > 0) levels.push_back(sum / weight);
  }
  std::sort(levels.begin(), levels.end());
  return levels.at(levels.size() / 2);
}

}  // namespace

TEST_CASE(
    "synthetic faces are exposed as the fit believes: skin that is seen has light of about 1") {
  const double embedded = usual_level(mesh::make_embedded_face(), 40);
  CHECK(embedded > 0.94);
  CHECK(embedded < 1.08);
  if (!mesh::find_head()) {
    MESSAGE("skipped: the head is not here; scripts/head_model.sh makes it");
    return;
  }
  // With all vertices that face the camera metered, mouth, sockets and neck too, it is 1.12.
  const double head = usual_level(mesh::named_face("head").model, 40);
  CHECK(head > 0.94);
  CHECK(head < 1.08);
}

TEST_CASE("a replay gives the same faces for any number of workers and from any step on") {
  const mesh::FaceModel model = mesh::make_embedded_face();
  FaceReplay one(model, 5, 2, 1), two(model, 5, 2, 2), late(model, 5, 2, 1);
  std::vector<std::shared_ptr<const SyntheticFace>> a, b;
  for (std::int64_t step = 0; step < 3; ++step) {
    a = one.step(step);
    b = two.step(step);
    for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i]->albedo == b[i]->albedo);
  }
  const auto c = late.step(2);
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i]->albedo == c[i]->albedo);
}

TEST_CASE("block compression changes little at high quality and more at low") {
  Image image(16, 24, 3);
  const ValueNoise noise(3);
  for (std::int64_t y = 0; y < 16; ++y) {
    for (std::int64_t x = 0; x < 24; ++x) {
      for (std::int64_t c = 0; c < 3; ++c) {
        image.at(y, x)[c] = static_cast<float>(
            0.5 + 0.3 * noise({0.4 * static_cast<double>(x), 0.4 * static_cast<double>(y),
                               0.1 * static_cast<double>(c)}));
      }
    }
  }
  const auto change = [&image](double quality) {
    Image packed = image;
    block_compression(packed, quality);
    double most = 0;
    for (std::size_t i = 0; i < packed.pixels.size(); ++i) {
      most = std::max(most, std::abs(static_cast<double>(packed.pixels[i] - image.pixels[i])));
    }
    return most;
  };
  CHECK(change(100) < 0.02);  // steps of 1/255, eight or so coefficients off by half of one
  CHECK(change(10) > 2 * change(100));
}

TEST_CASE("a blur keeps a constant picture and the mean of a spot") {
  Image flat(9, 9, 1, 0.25f);
  blur(flat, 1.3);
  for (const float v : flat.pixels) CHECK(v == doctest::Approx(0.25));
  Image spot(31, 31, 1);
  *spot.at(15, 15) = 1;
  blur(spot, 2);
  double sum = 0;
  for (const float v : spot.pixels) sum += static_cast<double>(v);
  CHECK(sum == doctest::Approx(1).epsilon(1e-5));
  CHECK(*spot.at(15, 15) < 0.1f);
}
