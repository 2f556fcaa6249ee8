#include "recon/scalp_color.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "mesh/face/face_model.h"

using namespace fgcn;

namespace {

constexpr std::size_t kSide = 24;  // vertices; row 0 is the chin's
constexpr std::size_t kBrows = 6, kScalp = 12;
using Color = std::array<float, 3>;
constexpr Color kSkin{0.8F, 0.6F, 0.5F}, kHair{0.2F, 0.15F, 0.1F}, kCoarse{0.7F, 0.5F, 0.4F};

/// A flat grid that faces the camera: skin, and from row kScalp up scalp too.
mesh::FaceModel flat_head() {
  mesh::FaceModel out;
  out.regions.names = {"skin", "scalp"};
  out.regions.inside.assign(2 * kSide * kSide, 1);
  for (std::size_t y = 0; y < kSide; ++y)
    for (std::size_t x = 0; x < kSide; ++x) {
      out.mean_shape.insert(out.mean_shape.end(),
                            {static_cast<float>(x), static_cast<float>(y), 0});
      if (y < kScalp) out.regions.inside[kSide * kSide + y * kSide + x] = 0;
      if (x + 1 == kSide || y + 1 == kSide) continue;
      const auto v = static_cast<std::int32_t>(y * kSide + x);
      const auto up = v + static_cast<std::int32_t>(kSide);
      out.triangles.push_back({v, v + 1, up});
      out.triangles.push_back({v + 1, up + 1, up});
    }
  out.landmarks.assign(68, static_cast<std::int32_t>(kBrows * kSide));
  return out;
}

struct Scene {
  recon::FitResult fit;
  ProjectedColors seen;
  std::vector<float> irradiance, albedo;

  Scene() : irradiance(3 * kSide * kSide, 0.5F) {
    for (std::size_t v = 0; v < kSide * kSide; ++v) {
      fit.normals.insert(fit.normals.end(), {0, 0, 1});
      albedo.insert(albedo.end(), kCoarse.begin(), kCoarse.end());
    }
    seen.color.resize(3 * kSide * kSide);
    seen.visible.assign(kSide * kSide, 1);
    seen.mask.assign(kSide * kSide, 0);
  }
  /// What the photo shows in a row, under a light of one half.
  void show(std::size_t y, const Color& color, float mask, float visible = 1) {
    for (std::size_t v = y * kSide; v < (y + 1) * kSide; ++v) {
      for (std::size_t c = 0; c < 3; ++c) seen.color[3 * v + c] = 0.5F * color[c];
      seen.mask[v] = mask;
      seen.visible[v] = visible;
    }
  }
  bool paint(const mesh::FaceModel& head) {
    return recon::ScalpPainter(head)(fit, seen, irradiance, albedo);
  }
  /// In the middle of a row.
  void check(std::size_t y, const Color& color, double within = 1e-5) const {
    CAPTURE(y);
    for (std::size_t c = 0; c < 3; ++c)
      CHECK(albedo[3 * (y * kSide + kSide / 2) + c] == doctest::Approx(color[c]).epsilon(within));
  }
};

/// Skin up to the row `hairline`, hair above; the upper rows are out of sight.
Scene portrait(std::size_t hairline) {
  Scene out;
  for (std::size_t y = 0; y < kSide; ++y)
    out.show(y, y < hairline ? kSkin : kHair, y < hairline ? 1.0F : 0.0F, y < 18 ? 1.0F : 0.0F);
  return out;
}

}  // namespace

TEST_CASE("hair is painted on the scalp, seen or not, and down to a low hairline") {
  for (const std::size_t hairline : {kScalp, kBrows + 2}) {
    CAPTURE(hairline);
    Scene scene = portrait(hairline);
    CHECK(scene.paint(flat_head()));
    scene.check(2, kCoarse);  // the face
    scene.check(hairline - 2, kCoarse, 0.5);
    scene.check(hairline + 4, kHair, 0.4);
    for (const std::size_t y : {17U, 20U, 23U}) scene.check(y, kHair, 0.1);
  }
}

TEST_CASE("a scalp of skin, or one that the photo does not show, stays as it is") {
  Scene bald = portrait(kSide);
  CHECK_FALSE(bald.paint(flat_head()));
  for (std::size_t y = 0; y < kSide; ++y) bald.check(y, kCoarse);
  Scene hidden = portrait(kScalp);
  for (std::size_t y = kScalp; y < kSide; ++y) hidden.show(y, kHair, 0, 0);
  CHECK_FALSE(hidden.paint(flat_head()));
  mesh::FaceModel mask = flat_head();
  mask.regions = {};
  CHECK_FALSE(portrait(kScalp).paint(mask));
  CHECK_FALSE(recon::ScalpPainter(mask).has_scalp());
  CHECK(recon::ScalpPainter(flat_head()).has_scalp());
}

TEST_CASE("spots of hair on a head that is mostly bald are left out") {
  Scene scene = portrait(kSide);
  for (const std::size_t y : {13U, 14U}) scene.show(y, kHair, 0);  // of six rows in sight
  CHECK_FALSE(scene.paint(flat_head()));
  for (const std::size_t y : {13U, 20U}) scene.check(y, kCoarse);
}

TEST_CASE("a forehead beyond the photo, between a fringe and the scalp, is hair") {
  Scene scene = portrait(kBrows + 2);
  for (std::size_t y = kScalp - 2; y < kSide; ++y) scene.show(y, kHair, 0, y > 20 ? 1.0F : 0.0F);
  CHECK(scene.paint(flat_head()));
  scene.check(kScalp - 1, kHair, 0.15);
}

TEST_CASE("skin that the mask leaves out below the hair is no hair") {
  Scene scene = portrait(kScalp);
  for (const std::size_t y : {9U, 10U, 11U, 12U, 13U}) scene.show(y, kSkin, 0);
  CHECK(scene.paint(flat_head()));
  scene.check(9, kCoarse, 0.01);
  for (const std::size_t y : {20U, 23U}) scene.check(y, kHair, 0.1);
}

TEST_CASE("what is no skin on the forehead and joins no hair is not painted") {
  Scene scene = portrait(kScalp);
  scene.show(8, kHair, 0);  // a band, with skin above it
  CHECK(scene.paint(flat_head()));
  scene.check(8, kCoarse, 0.05);
}

TEST_CASE("the photo around a crop is read where the face's vertices lie") {
  // A photo of 400 x 400 whose red and green tell the place; a crop of its middle, one to one.
  photo::Photo photo;
  photo.rgb = Image8(400, 400, 3);
  for (std::int64_t y = 0; y < 400; ++y)
    for (std::int64_t x = 0; x < 400; ++x) {
      std::uint8_t* at = photo.rgb.pixels.data() + 3 * (400 * y + x);
      at[0] = static_cast<std::uint8_t>(x / 2);
      at[1] = static_cast<std::uint8_t>(y / 2);
      at[2] = 128;
    }
  photo::Crop cut;
  cut.from_photo = {1, -150, -170};
  Image crop(100, 100, 4);
  for (std::size_t i = 3; i < crop.pixels.size(); i += 4) crop.pixels[i] = 1;
  recon::FitResult fit;
  fit.screen = {50,  50,   0, 60,  50,   0, 50,  60,   0,   // within the crop
                50,  -40,  0, 60,  -40,  0, 50,  -30,  0,   // above it
                50,  -400, 0, 60,  -400, 0, 50,  -390, 0,   // beyond the photo
                145, 0,    0, 148, 0,    0, 145, 4,    0};  // far aside
  for (std::size_t v = 0; v < 12; ++v) fit.screen[3 * v + 2] = 10;
  for (int v = 0; v < 12; ++v) fit.normals.insert(fit.normals.end(), {0, 0, 1});
  const std::vector<std::int32_t> faces{0, 2, 1, 3, 5, 4, 6, 8, 7, 9, 11, 10};
  const ProjectedColors seen = recon::colors_around(photo, cut, crop, fit, faces);
  const auto color = [&](std::size_t v, std::size_t c) {
    return 255 * static_cast<double>(seen.color[3 * v + c]);
  };
  for (const std::size_t v : {0U, 3U}) {
    CHECK(seen.visible[v] == 1);
    const double y = v == 0 ? 50 : -40;
    CHECK(color(v, 0) == doctest::Approx((150 + 50) / 2.0).epsilon(0.02));
    CHECK(color(v, 1) == doctest::Approx((170 + y) / 2.0).epsilon(0.02));
  }
  CHECK(seen.mask[0] == 1);
  CHECK(seen.mask[3] == 0);
  CHECK(seen.visible[6] == 0);
  CHECK(seen.visible[9] == 0);  // of the background's color
}
