#include "recon/refine/photo_sample.h"

#include <algorithm>
#include <utility>

#include "render/drawn_colors.h"

namespace fgcn::recon {

std::vector<float> seen_skin(const ProjectedColors& seen) {
  std::vector<float> out(seen.visible.size());
  for (std::size_t v = 0; v < out.size(); ++v)
    out[v] = seen.mask[v] > 0.5F ? seen.visible[v] : 0.0F;
  return out;
}

namespace {

/// All but the photo's colours.
Observation unread(const PhotoSample& sample, const ProjectedColors& seen) {
  Observation out;
  out.crop = sample.crop;
  out.coarse_albedo = sample.fit.albedo_colours;
  out.light = sample.fit.light_colours;
  out.gamma = sample.fit.light;
  out.visible = seen_skin(seen);
  out.facing.resize(out.visible.size());
  for (std::size_t v = 0; v < out.facing.size(); ++v) out.facing[v] = sample.fit.normals[3 * v + 2];
  return out;
}

Observation base_form(const PhotoSample& sample, const ProjectedColors& seen,
                      const std::vector<std::int32_t>& faces) {
  Observation out = unread(sample, seen);
  out.photo_colour = drawn_colors(sample.crop, sample.fit.screen, faces, seen);
  return out;
}

Observation projected_form(const PhotoSample& sample, const std::vector<std::int32_t>& faces) {
  ProjectedColors seen = project_colors(
      sample.crop, sample.fit.screen, sample.fit.normals, faces,
      {.sampling = PhotoSampling::kRounded, .visibility = VertexVisibility::kFacing});
  Observation out = unread(sample, seen);
  out.photo_colour = std::move(seen.colour);
  return out;
}

}  // namespace

Image crop_colors(const Image& crop) {
  Image out(crop.height, crop.width, 3);
  for (std::int64_t i = 0; i < crop.height * crop.width; ++i)
    std::copy_n(crop.pixels.data() + 4 * i, 3, out.pixels.data() + 3 * i);
  return out;
}

Observation observe(const PhotoSample& sample, const ProjectedColors& seen,
                    const std::vector<std::int32_t>& faces, const RefinementConfig& config) {
  return config.input == InputForm::kBase ? base_form(sample, seen, faces)
                                          : projected_form(sample, faces);
}

Observation observe(const PhotoSample& sample, const std::vector<std::int32_t>& faces,
                    const RefinementConfig& config) {
  if (config.input == InputForm::kProjected) return projected_form(sample, faces);
  const FitResult& fit = sample.fit;
  return base_form(sample, project_colors(sample.crop, fit.screen, fit.normals, faces), faces);
}

}  // namespace fgcn::recon
