#include "recon/refine/photo_sample.h"

#include <algorithm>
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
  out.vertex_irradiance = sample.fit.vertex_irradiance;
  out.sh_coefficients = sample.fit.sh_coefficients;
  out.visible = visible_skin(visible);
  out.facing.resize(out.visible.size());
  for (std::size_t v = 0; v < out.facing.size(); ++v) out.facing[v] = sample.fit.normals[3 * v + 2];
  return out;
}

Observation base_form(const PhotoSample& sample, const ProjectedColors& visible,
                      const std::vector<std::int32_t>& faces) {
  Observation out = unread(sample, visible);
  out.photo_color = rendered_colors(sample.crop, sample.fit.screen, faces, visible);
  return out;
}

Observation projected_form(const PhotoSample& sample, const std::vector<std::int32_t>& faces) {
  ProjectedColors visible = project_colors(
      sample.crop, sample.fit.screen, sample.fit.normals, faces,
      {.sampling = PhotoSampling::kRounded, .visibility = VertexVisibility::kFacing});
  Observation out = unread(sample, visible);
  out.photo_color = std::move(visible.color);
  return out;
}

}  // namespace

Image crop_colors(const Image& crop) {
  Image out(crop.height, crop.width, 3);
  for (std::int64_t i = 0; i < crop.height * crop.width; ++i)
    std::copy_n(crop.pixels.data() + 4 * i, 3, out.pixels.data() + 3 * i);
  return out;
}

Observation observe(const PhotoSample& sample, const ProjectedColors& visible,
                    const std::vector<std::int32_t>& faces, const RefinementConfig& config) {
  return config.input == InputForm::kBase ? base_form(sample, visible, faces)
                                          : projected_form(sample, faces);
}

Observation observe(const PhotoSample& sample, const std::vector<std::int32_t>& faces,
                    const RefinementConfig& config) {
  if (config.input == InputForm::kProjected) return projected_form(sample, faces);
  const FitResult& fit = sample.fit;
  return base_form(sample, project_colors(sample.crop, fit.screen, fit.normals, faces), faces);
}

}  // namespace fgcn::recon
