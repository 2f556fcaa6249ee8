#include "train/photo_sample.h"

#include "render/drawn_colors.h"

namespace fgcn::train {

std::vector<float> seen_skin(const ProjectedColors& seen) {
  std::vector<float> out(seen.visible.size());
  for (std::size_t v = 0; v < out.size(); ++v)
    out[v] = seen.mask[v] > 0.5F ? seen.visible[v] : 0.0F;
  return out;
}

Observation observe(const PhotoSample& sample, const ProjectedColors& seen,
                    const std::vector<std::int32_t>& faces) {
  Observation out;
  out.crop = sample.crop;
  out.coarse_albedo = sample.fit.albedo_colours;
  out.light = sample.fit.light_colours;
  out.gamma = sample.fit.light;
  out.photo_colour = drawn_colors(sample.crop, sample.fit.screen, faces, seen);
  out.visible = seen_skin(seen);
  out.facing.resize(out.visible.size());
  for (std::size_t v = 0; v < out.facing.size(); ++v) out.facing[v] = sample.fit.normals[3 * v + 2];
  return out;
}

}  // namespace fgcn::train
