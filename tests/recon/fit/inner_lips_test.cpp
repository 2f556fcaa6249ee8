// The opening between the lips, and what is measured in it.
#include "recon/fit/inner_lips.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "mesh/face/embedded/embedded_face.h"
#include "recon/fit/agreement.h"
#include "recon/fit/fit_surfaces.h"
#include "recon/fit/triangle_list.h"

namespace fgcn::recon {
namespace {

/// A rectangle of 24 x 2 `half` pixels about (112, 140).
photo::Landmarks lips(double half) {
  photo::Landmarks out;
  const double x[8] = {100, 106, 112, 118, 124, 118, 112, 106};
  for (std::size_t k = 0; k < 8; ++k) {
    const double y = k == 0 || k == 4 ? 0 : k < 4 ? -half : half;
    out[60 + k] = {x[k], 140 + y};
  }
  // Corners that are square.
  out[61].x = 100;
  out[67].x = 100;
  out[63].x = 124;
  out[65].x = 124;
  return out;
}

TEST_CASE("depth within lips is the distance to their outline, negative outside") {
  const photo::Landmarks open = lips(5);
  CHECK(depth_within_lips(open, {112, 140}) == doctest::Approx(5));
  CHECK(depth_within_lips(open, {101.5, 141}) == doctest::Approx(1.5));
  CHECK(depth_within_lips(open, {112, 148}) == doctest::Approx(-3));
  CHECK(depth_within_lips(open, {97, 131}) == doctest::Approx(-5));
  const photo::Point on = nearest_on_lips(open, {112.25, 148});
  CHECK(on.x == doctest::Approx(112.25));
  CHECK(on.y == doctest::Approx(145));
}

TEST_CASE("the mask of open lips holds their area, and shut lips have none") {
  const Image open = within_lips(lips(5), 224);
  REQUIRE(open.height == 224);
  double area = 0;
  for (const float value : open.pixels) area += static_cast<double>(value);
  CHECK(area == 240);
  CHECK(*open.at(140, 112) == 1);
  CHECK(*open.at(146, 112) == 0);
  CHECK(within_lips(lips(1), 224).pixels.empty());
  CHECK_FALSE(within_lips(lips(2), 224).pixels.empty());
  CHECK(within_lips(lips(5), 448).pixels.empty());  // the same lips of a crop twice as large
}

TEST_CASE("agreement within the lips is that of their pixels alone") {
  const mesh::FaceModel model = mesh::make_embedded_face();
  FitResult fit;
  fit.sh_coefficients[0] = fit.sh_coefficients[9] = fit.sh_coefficients[18] = 0.2;
  FitSurfaces(Context(Device::kCpu, 1), model).fill(crop_camera(224), fit);
  const std::vector<std::int32_t> faces = flat(model.triangles);
  Image crop(224, 224, 4);
  std::fill(crop.pixels.begin(), crop.pixels.end(), 1.0F);
  const LitAlbedo lit{fit.albedo_colors, fit.vertex_irradiance};
  const photo::Landmarks open = lips(5), shut = lips(0.5);
  const Image face = render_agreement(fit, lit, crop, faces).overlay;
  const Image within = within_lips(open, 224);
  for (std::size_t i = 0; i < within.pixels.size(); ++i)
    for (std::size_t c = 0; c < 3; ++c) {
      const float shown = face.pixels[3 * i + c];
      const float other = shown < 0.5F ? shown + 0.1F : shown - 0.1F;
      crop.pixels[4 * i + c] = within.pixels[i] > 0 ? other : shown;
    }
  const auto found = render_agreement(fit, lit, crop, faces, &open).agreement;
  REQUIRE(found);
  REQUIRE(found->mouth_psnr);
  CHECK(*found->mouth_psnr == doctest::Approx(20).epsilon(1e-3));
  CHECK(found->psnr > 30);
  CHECK_FALSE(render_agreement(fit, lit, crop, faces, &shut).agreement->mouth_psnr);
  CHECK_FALSE(render_agreement(fit, lit, crop, faces).agreement->mouth_psnr);
  // A hidden mouth is not measured.
  for (std::size_t i = 0; i < within.pixels.size(); ++i)
    if (within.pixels[i] > 0) crop.pixels[4 * i + 3] = 0;
  CHECK_FALSE(render_agreement(fit, lit, crop, faces, &open).agreement->mouth_psnr);
}

}  // namespace
}  // namespace fgcn::recon
