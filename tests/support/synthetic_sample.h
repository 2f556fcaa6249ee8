// A photo sample without a photo: a rendered face of a model, with its coefficients.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "kernels/core/rng.h"
#include "mesh/face/face_model.h"
#include "recon/fit/fit_surfaces.h"
#include "recon/fit/triangle_list.h"
#include "recon/refine/photo_sample.h"
#include "render/metrics.h"
#include "render/views.h"

namespace fgcn::test {

/// The fit's face in its colors and light. [S, S, 4].
inline Image rendered_fit(const mesh::FaceModel& model, const recon::FitResult& fit,
                          std::int64_t size) {
  std::vector<float> lit(fit.albedo_colors.size());
  for (std::size_t i = 0; i < lit.size(); ++i)
    lit[i] = std::clamp(fit.albedo_colors[i] * fit.vertex_irradiance[i], 0.0F, 1.0F);
  return render_colors({fit.vertices, recon::flat(model.triangles)}, lit, fit.pose(),
                       recon::crop_camera(size));
}

/// Mean absolute difference of the rendered fit from the crop, where both are wholly face.
inline double rendered_error(const mesh::FaceModel& model, const recon::PhotoSample& sample) {
  const Image rendered = rendered_fit(model, sample.fit, sample.crop.height);
  Image mask(rendered.height, rendered.width, 1);
  for (std::size_t i = 0; i < mask.pixels.size(); ++i)
    mask.pixels[i] =
        std::min(rendered.pixels[4 * i + 3], sample.crop.pixels[4 * i + 3]) > 0.99F ? 1.0F : 0.0F;
  return compare(rendered, sample.crop, mask).l1;
}

/// A turned face with uneven light before a grey ground; landmarks about a pixel off.
inline recon::PhotoSample synthetic_sample(const mesh::FaceModel& model, Rng rng,
                                           std::int64_t size = 224) {
  recon::PhotoSample out;
  recon::FitResult& fit = out.fit;
  const auto draw = [&rng](std::int64_t count, double sigma) {
    std::vector<double> v;
    for (std::int64_t i = 0; i < count; ++i)
      v.push_back(sigma * std::clamp(rng.normal(), -2.0, 2.0));
    return v;
  };
  fit.identity = draw(model.identity.count, 0.5);
  fit.albedo = draw(model.albedo.count, 0.6);
  for (std::int64_t i = 0; i < model.expression.count; ++i)
    fit.expression.push_back(rng.uniform(0, 0.15));
  fit.angles_rad = {rng.uniform(-0.1, 0.1), rng.uniform(-0.4, 0.4), rng.uniform(-0.2, 0.2)};
  fit.translation_dm = {rng.uniform(-0.05, 0.05), rng.uniform(-0.05, 0.05), rng.uniform(-0.2, 0.2)};
  for (std::size_t k = 0; k < 27; ++k)
    fit.sh_coefficients[k] = (k % 9 == 0 ? 0.2 : 0.08) * rng.normal();
  std::copy_n(model.landmarks.begin(), 68, fit.landmark_vertices.begin());
  recon::FitSurfaces(Context(), model).fill(recon::crop_camera(size), fit);
  const Image rendered = rendered_fit(model, fit, size);
  const Image picture = lay_over(rendered, Image(size, size, 3, 0.3F));
  out.crop = Image(size, size, 4);
  for (std::size_t i = 0; i < static_cast<std::size_t>(size * size); ++i) {
    std::copy_n(&picture.pixels[3 * i], 3, &out.crop.pixels[4 * i]);
    out.crop.pixels[4 * i + 3] = rendered.pixels[4 * i + 3];
  }
  for (std::size_t k = 0; k < photo::kLandmarks; ++k) {
    const float* at = &fit.screen[3 * static_cast<std::size_t>(fit.landmark_vertices[k])];
    out.landmarks[k] = {static_cast<double>(at[0]) + rng.normal(),
                        static_cast<double>(at[1]) + rng.normal()};
  }
  fit.landmark_error = recon::landmark_error(fit, out.landmarks);
  return out;
}

}  // namespace fgcn::test
