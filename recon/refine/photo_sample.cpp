#include "recon/refine/photo_sample.h"

#include <utility>

#include "render/rendered_colors.h"

namespace fgcn::recon {

std::vector<float> visible_skin(const ProjectedColors& visible) {
  std::vector<float> out(visible.visible.size());
  for (std::size_t v = 0; v < out.size(); ++v)
    out[v] = visible.mask[v] > 0.5F ? visible.visible[v] : 0.0F;
  return out;
}

namespace {

/// All but the photo's colors.
Observation unread(const PhotoSample& sample, const ProjectedColors& visible) {
  Observation out;
  out.crop = sample.crop;
  out.coarse_albedo = sample.fit.albedo_colors;
  out.light = sample.fit.light_colors;
  out.gamma = sample.fit.light;
  out.visible = visible_skin(visible);
  out.facing.resize(out.visible.size());
  for (std::size_t v = 0; v < out.facing.size(); ++v) out.facing[v] = sample.fit.normals[3 * v + 2];
  return out;
}

}  // namespace

Observation observe(const PhotoSample& sample, const ProjectedColors& visible,
                    const std::vector<std::int32_t>& faces) {
  Observation out = unread(sample, visible);
  out.photo_color = rendered_colors(sample.crop, sample.fit.screen, faces, visible);
  return out;
}

Observation observe(const PhotoSample& sample, const std::vector<std::int32_t>& faces,
                    const RefinementConfig& config) {
  const FitResult& fit = sample.fit;
  if (config.input == InputForm::kBase)
    return observe(sample, project_colors(sample.crop, fit.screen, fit.normals, faces), faces);
  ProjectedColors visible = project_colors(
      sample.crop, fit.screen, fit.normals, faces,
      {.sampling = PhotoSampling::kRounded, .visibility = VertexVisibility::kFacing});
  Observation out = unread(sample, visible);
  out.photo_color = std::move(visible.color);
  return out;
}

}  // namespace fgcn::recon
