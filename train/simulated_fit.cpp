#include "train/simulated_fit.h"

#include <algorithm>
#include <cmath>

#include "kernels/sh_light/sh_light.h"
#include "kernels/sh_light/sh_light_math.h"
#include "train/fit_light.h"

namespace fgcn::train {
namespace {

constexpr int kHarmonics = 9;

/// How much each vertex counts: seen, facing the camera, and by its share of the picture.
std::vector<float> weights(const mesh::FaceModel& model, const SeenSurface& seen) {
  std::vector<float> area(seen.visible.size(), 0.0f);
  for (const mesh::Triangle& t : model.triangles) {
    const float* p[3];
    for (std::size_t k = 0; k < 3; ++k) {
      p[k] = seen.screen.data() + 3 * static_cast<std::size_t>(t[k]);
    }
    const float twice = std::abs((p[1][0] - p[0][0]) * (p[2][1] - p[0][1]) -
                                 (p[1][1] - p[0][1]) * (p[2][0] - p[0][0]));
    for (const std::int32_t v : t) area[static_cast<std::size_t>(v)] += twice / 6;
  }
  constexpr float kMostArea = 4;  // pixels
  std::vector<float> out(area.size());
  for (std::size_t v = 0; v < area.size(); ++v) {
    const float facing = std::clamp((seen.normals[3 * v + 2] - 0.1f) / 0.3f, 0.0f, 1.0f);
    out[v] = seen.visible[v] * facing * std::min(area[v], kMostArea);
  }
  return out;
}

}  // namespace

FittedAppearance simulate_fit(const mesh::FaceModel& model, const SeenSurface& seen, Rng rng) {
  LightFitOptions options;
  options.iterations = 5;
  const LightFit fit = fit_light(model, {seen.colour, weights(model, seen), seen.normals}, options);
  const double noise = rng.uniform(0, 0.15);
  std::vector<float> coefficients;
  for (const double c : fit.albedo) {
    coefficients.push_back(static_cast<float>(c + noise * rng.normal()));
  }
  double gamma[3][kHarmonics];
  for (int c = 0; c < 3; ++c) {
    for (int k = 0; k < kHarmonics; ++k) {
      gamma[c][k] = fit.light[static_cast<std::size_t>(kHarmonics * c + k)] +
                    (k == 0 ? kernels::kAmbientOffset : 0) + 0.1 * noise * rng.normal();
    }
  }
  FittedAppearance out{mesh::albedo(model, coefficients), {}};
  out.light.resize(out.albedo.size());
  for (std::size_t v = 0; v < seen.visible.size(); ++v) {
    const double n[3] = {seen.normals[3 * v], seen.normals[3 * v + 1], seen.normals[3 * v + 2]};
    double y[kHarmonics];
    kernels::sh_basis(n, y);
    for (std::size_t c = 0; c < 3; ++c) {
      double sum = 0;
      for (int k = 0; k < kHarmonics; ++k) sum += y[k] * gamma[c][k];
      out.light[3 * v + c] = static_cast<float>(sum);
    }
  }
  return out;
}

}  // namespace fgcn::train
