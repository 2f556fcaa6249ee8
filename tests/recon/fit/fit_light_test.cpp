#include "recon/fit/fit_light.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "kernels/core/error.h"
#include "mesh/face/embedded/embedded_face.h"
#include "recon/fit/posed_face.h"
#include "recon/fit/relight.h"

using namespace fgcn;
using namespace fgcn::recon;

namespace {

constexpr std::size_t kMelanin = 0;

/// A face of this melanin in ordinary light, with grey hair on the upper lip and bright spots on
/// forehead and cheek, which no mode of the model can say.
SurfaceColors portrait(const mesh::FaceModel& face, float melanin) {
  std::vector<float> coefficients(static_cast<std::size_t>(face.albedo.count), 0.0F);
  coefficients[kMelanin] = melanin;
  const std::vector<float> albedo = mesh::albedo(face, coefficients);
  const PosedFace posed = FacePoser(Context(Device::kCpu, 1), face)({}, {}, {});
  std::array<double, 27> sh_coefficients{};
  for (std::size_t c = 0; c < 3; ++c) {
    sh_coefficients[9 * c] = 0.1;
    sh_coefficients[9 * c + 1] = 0.15;
    sh_coefficients[9 * c + 2] = 0.12;
  }
  const std::vector<float> light = light_at(posed.normals, sh_coefficients);
  SurfaceColors out{albedo, std::vector<float>(albedo.size() / 3), posed.normals};
  for (std::size_t v = 0; v < out.weight.size(); ++v) {
    const float x = posed.positions[3 * v], y = posed.positions[3 * v + 1];
    const bool hair = std::abs(x) < 0.25F && y < -0.25F && y > -0.45F;
    const bool spot =
        std::hypot(x - 0.3F, y - 0.5F) < 0.2F || std::hypot(x - 0.4F, y + 0.1F) < 0.15F;
    for (std::size_t c = 0; c < 3; ++c) {
      float& color = out.color[3 * v + c];
      color *= light[3 * v + c];
      if (hair || spot) color = 0.4F + 0.5F * color;
    }
    out.weight[v] = std::max(0.0F, posed.normals[3 * v + 2]);
  }
  return out;
}

}  // namespace

TEST_CASE("skin tone is told from the light, pale and dark, beside what the model cannot say") {
  const mesh::FaceModel face = mesh::make_embedded_face();
  for (const float melanin : {-1.5F, 0.0F, 2.0F}) {
    CAPTURE(melanin);
    const LightFit fit = fit_light(face, portrait(face, melanin));
    CHECK(std::abs(fit.albedo[kMelanin] - static_cast<double>(melanin)) < 0.7);
  }
}

TEST_CASE("without a color the usual light and the mean albedo are given; sizes must fit") {
  const mesh::FaceModel face = mesh::make_embedded_face();
  SurfaceColors visible = portrait(face, 0);
  std::fill(visible.weight.begin(), visible.weight.end(), 0.0F);
  const LightFit fit = fit_light(face, visible);
  CHECK(std::all_of(fit.albedo.begin(), fit.albedo.end(), [](double a) { return a == 0; }));
  CHECK(fit.sh_coefficients[0] == fit.sh_coefficients[9]);
  visible.weight.pop_back();
  CHECK_THROWS_AS(fit_light(face, visible), Error);
}
