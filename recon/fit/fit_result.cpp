#include "recon/fit/fit_result.h"

#include <algorithm>

#include "kernels/core/error.h"

namespace fgcn::recon {

std::vector<float> projected_albedo(const FitResult& fit, const ProjectedColors& visible) {
  std::vector<float> out = fit.albedo_colors;
  FGCN_CHECK(out.size() == visible.color.size() && fit.vertex_irradiance.size() == out.size() &&
                 fit.normals.size() == out.size(),
             "projected_albedo: the fit's arrays are of different sizes");
  // Where the model is nearly dark the division would blow up what little it misses.
  double mean_light = 0;
  for (const float light : fit.vertex_irradiance) mean_light += static_cast<double>(light);
  const auto least_light =
      static_cast<float>(std::max(0.05, 0.35 * mean_light / static_cast<double>(out.size())));
  for (std::size_t v = 0; v < visible.visible.size(); ++v) {
    // At grazing angles one pixel spans many vertices.
    const float facing = std::clamp((fit.normals[3 * v + 2] - 0.1F) / 0.3F, 0.0F, 1.0F);
    const float weight = visible.visible[v] * visible.mask[v] * facing;
    for (std::size_t c = 3 * v; c < 3 * v + 3; ++c) {
      const float unlit = visible.color[c] / std::max(fit.vertex_irradiance[c], least_light);
      out[c] += weight * (std::clamp(unlit, 0.0F, 1.0F) - out[c]);
    }
  }
  return out;
}

}  // namespace fgcn::recon
