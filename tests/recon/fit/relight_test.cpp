#include "recon/fit/relight.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "kernels/core/error.h"
#include "kernels/core/rng.h"

namespace fgcn::recon {
namespace {

/// A hemisphere's worth of normals, an albedo and a light, and the colors that follow.
struct Scene {
  SurfaceColors visible;
  std::vector<float> albedo;
  std::array<double, 27> sh_coefficients{};
};

Scene make_scene(Rng& rng) {
  Scene scene;
  for (double& g : scene.sh_coefficients) g = rng.uniform(-0.1, 0.1);
  for (int v = 0; v < 600; ++v) {
    double n[3] = {rng.normal(), rng.normal(), std::abs(rng.normal()) + 0.3};
    const double length = std::sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
    for (const double x : n) scene.visible.normals.push_back(static_cast<float>(x / length));
    for (int c = 0; c < 3; ++c) scene.albedo.push_back(static_cast<float>(rng.uniform(0.3, 0.9)));
    scene.visible.weight.push_back(1);
  }
  const std::vector<float> light = light_at(scene.visible.normals, scene.sh_coefficients);
  for (std::size_t i = 0; i < light.size(); ++i)
    scene.visible.color.push_back(scene.albedo[i] * light[i]);
  return scene;
}

double worst(const std::vector<float>& a, const std::vector<float>& b) {
  double out = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    out = std::max(out, static_cast<double>(std::abs(a[i] - b[i])));
  return out;
}

TEST_CASE("the light behind known albedo and colors is found, outliers or not") {
  Rng rng(1);
  Scene scene = make_scene(rng);
  const std::vector<float> truth = light_at(scene.visible.normals, scene.sh_coefficients);
  const auto light = [&] {
    return light_at(scene.visible.normals, refit_light(scene.visible, scene.albedo, {}));
  };
  CHECK(worst(light(), truth) < 0.02);
  // A tenth of the face is covered by something black.
  for (std::size_t i = 0; i < scene.visible.color.size() / 10; ++i) scene.visible.color[i] = 0;
  CHECK(worst(light(), truth) < 0.05);
}

TEST_CASE("where nothing is seen the light stays, and wrong sizes are refused") {
  Rng rng(2);
  Scene scene = make_scene(rng);
  std::fill(scene.visible.weight.begin(), scene.visible.weight.end(), 0.0F);
  CHECK(refit_light(scene.visible, scene.albedo, scene.sh_coefficients) == scene.sh_coefficients);
  scene.albedo.pop_back();
  CHECK_THROWS_AS(refit_light(scene.visible, scene.albedo, scene.sh_coefficients), Error);
}

}  // namespace
}  // namespace fgcn::recon
