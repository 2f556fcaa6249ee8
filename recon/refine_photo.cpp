#include "recon/refine_photo.h"

#include <chrono>
#include <cmath>
#include <utility>

#include "kernels/core/error.h"
#include "recon/fit/inner_lips.h"
#include "recon/fit/relight.h"
#include "recon/refine/crop_identity.h"
#include "render/rendered_colors.h"

namespace fgcn::recon {
namespace {

using Clock = std::chrono::steady_clock;

std::vector<float> refined_albedo(const Context& ctx, const RefinementNetworks& networks,
                                  const PhotoSample& sample, const ProjectedColors& colors,
                                  const std::vector<std::int32_t>& triangles,
                                  const Image* encoder_crop) {
  const RefinementConfig& config = networks.model.config();
  Observation observation = observe(sample, colors, triangles, config);
  if (config.embedding_form != EmbeddingForm::kPatches) {
    check_networks(config, networks.fixed, sample.name);
    observation.embedding =
        crop_embedding(ctx, networks.fixed, config.embedding_form, sample, encoder_crop);
  }
  if (encoder_crop != nullptr) observation.crop = *encoder_crop;
  std::vector<float> out = networks.model.refine(observation);
  for (const float c : out) {
    if (!std::isfinite(c))
      input_error(
          sample.name,
          ": the weights give this photo an albedo that is not finite; get their file anew");
  }
  return out;
}

void render(const PhotoSample& sample, const std::vector<std::int32_t>& triangles,
            RefinedFace& face) {
  const Clock::time_point start = Clock::now();
  face.rendered = render_agreement(sample.fit, {face.albedo, face.vertex_irradiance}, sample.crop,
                                   triangles, &sample.landmarks);
  face.render_ms += std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// The crop, its mask within the inner lips alone; empty where they are shut.
Image opening_of_lips(const PhotoSample& sample) {
  const Image lips = within_lips(sample.landmarks, sample.crop.height);
  if (lips.pixels.empty()) return {};
  Image out = sample.crop;
  for (std::size_t i = 0; i < lips.pixels.size(); ++i) out.pixels[4 * i + 3] *= lips.pixels[i];
  return out;
}

/// Corrects what vertices within the lips read until they show the pixels between the lips.
void sharpen(const PhotoSample& sample, const Image& opening, const ProjectedColors& colors,
             const std::vector<std::int32_t>& triangles, MouthReading& mouth) {
  ProjectedColors start{colors.color, mouth.fitted, colors.mask};
  for (std::size_t i = 0; i < start.color.size(); ++i)
    if (mouth.weight[i / 3] > 0) start.color[i] = mouth.color[i];
  const std::vector<float> shown = rendered_colors(opening, sample.fit.screen, triangles, start);
  for (std::size_t i = 0; i < shown.size(); ++i)
    if (mouth.fitted[i / 3] > 0) mouth.color[i] = shown[i];
}

}  // namespace

RefinedFace coarse_face(const PhotoSample& sample, const std::vector<std::int32_t>& triangles) {
  RefinedFace out;
  out.albedo = sample.fit.albedo_colors;
  out.sh_coefficients = sample.fit.sh_coefficients;
  out.vertex_irradiance = sample.fit.vertex_irradiance;
  render(sample, triangles, out);
  return out;
}

RefinedFace refine_photo(const Context& ctx, const RefinementNetworks& networks,
                         const PhotoSample& sample, const ProjectedColors& colors,
                         const std::vector<std::int32_t>& triangles, const Image* encoder_crop) {
  const FitResult& fit = sample.fit;
  RefinedFace out;
  out.albedo = refined_albedo(ctx, networks, sample, colors, triangles, encoder_crop);
  Relit light =
      relight({colors.color, visible_skin(colors), fit.normals}, out.albedo, fit.sh_coefficients);
  out.sh_coefficients = light.sh_coefficients;
  out.vertex_irradiance = std::move(light.vertex_irradiance);
  render(sample, triangles, out);
  return out;
}

void show_mouth(const MouthColors& mouth, const PhotoSample& sample, const ProjectedColors& colors,
                const std::vector<std::int32_t>& triangles, RefinedFace& face) {
  if (!mouth.has_mouth()) return;
  const Image opening = opening_of_lips(sample);
  if (opening.pixels.empty()) return;
  face.mouth = mouth.read(sample, colors, pixels_colored(opening, sample.fit.screen, triangles));
  sharpen(sample, opening, colors, triangles, face.mouth);
  put_on(face.mouth, face.vertex_irradiance, face.albedo);
  render(sample, triangles, face);
}

}  // namespace fgcn::recon
