#include "recon/fit/fit_result.h"

#include <algorithm>

#include "kernels/core/error.h"
#include "render/projected_colors.h"

namespace fgcn::recon {

std::vector<float> projected_albedo(const FitResult& fit, const Image& crop,
                                    const std::vector<std::int32_t>& faces) {
  const ProjectedColors visible = project_colors(crop, fit.screen, fit.normals, faces);
  std::vector<float> out = fit.albedo_colors;
  FGCN_CHECK(out.size() == fit.screen.size() && fit.light_colors.size() == out.size(),
             "projected_albedo: the fit's arrays are of different sizes");
  // Where the model is nearly dark the division would blow up what little it misses.
  double mean_light = 0;
  for (const float light : fit.light_colors) mean_light += static_cast<double>(light);
  const auto least_light =
      static_cast<float>(std::max(0.05, 0.35 * mean_light / static_cast<double>(out.size())));
  for (std::size_t v = 0; v < visible.visible.size(); ++v) {
    // At grazing angles one pixel spans many vertices.
    const float facing = std::clamp((fit.normals[3 * v + 2] - 0.1F) / 0.3F, 0.0F, 1.0F);
    const float weight = visible.visible[v] * visible.mask[v] * facing;
    for (std::size_t c = 3 * v; c < 3 * v + 3; ++c) {
      const float unlit = visible.color[c] / std::max(fit.light_colors[c], least_light);
      out[c] += weight * (std::clamp(unlit, 0.0F, 1.0F) - out[c]);
    }
  }
  return out;
}

}  // namespace fgcn::recon
