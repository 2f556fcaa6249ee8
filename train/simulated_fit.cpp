#include "train/simulated_fit.h"

#include <algorithm>
#include <cmath>

#include "train/fit_light.h"
#include "train/relight.h"

namespace fgcn::train {
namespace {

/// How much each vertex counts: seen, facing the camera, and by the root of its share of the
/// picture (halfway between areas and vertices, which lie close about eyes, nose and mouth).
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
    out[v] = seen.visible[v] * facing * std::sqrt(std::min(area[v], kMostArea));
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
  FittedAppearance out{mesh::albedo(model, coefficients), {}, fit.light};
  for (double& g : out.gamma) g += 0.1 * noise * rng.normal();
  out.light = light_at(seen.normals, out.gamma);
  return out;
}

}  // namespace fgcn::train
