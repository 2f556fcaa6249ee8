#include "train/synthetic/simulated_fit.h"

#include "recon/fit/fit_light.h"
#include "recon/fit/relight.h"

namespace fgcn::train {

FittedAppearance simulate_fit(const mesh::FaceModel& model, const VisibleSurface& visible,
                              Rng rng) {
  recon::LightFitOptions options;
  options.iterations = 5;
  std::vector<float> weight = recon::picture_weights(model, visible.screen, visible.normals);
  for (std::size_t v = 0; v < weight.size(); ++v) weight[v] *= visible.visible[v];
  const recon::LightFit fit =
      recon::fit_light(model, {visible.color, weight, visible.normals}, options);
  const double noise = rng.uniform(0, 0.15);
  std::vector<float> coefficients;
  for (const double c : fit.albedo) {
    coefficients.push_back(static_cast<float>(c + noise * rng.normal()));
  }
  FittedAppearance out{mesh::albedo(model, coefficients), {}, fit.sh_coefficients};
  for (double& g : out.sh_coefficients) g += 0.1 * noise * rng.normal();
  out.vertex_irradiance = recon::light_at(visible.normals, out.sh_coefficients);
  return out;
}

}  // namespace fgcn::train
