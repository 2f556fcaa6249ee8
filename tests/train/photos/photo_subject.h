// A photo of a known face, as training takes photos.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "recon/fit/posed_face.h"
#include "recon/fit/relight.h"
#include "recon/fit/triangle_list.h"
#include "recon/refine/photo_sample.h"
#include "render/views.h"
#include "train/loss_terms.h"

namespace fgcn::test {

inline std::map<std::string, double> by_name(const std::vector<train::NamedLoss>& losses) {
  std::map<std::string, double> out;
  for (const train::NamedLoss& loss : losses) out[loss.name] = loss.value;
  return out;
}

struct PhotoSubject {
  recon::PhotoSample sample;  // its fit knows all but the albedo, for which it has the mean
  std::vector<float> albedo;  // [V, 3] the truth
};

/// Rendered over a plain ground; the mask is what the face covers for sure. `number`
/// chooses face, pose and light.
inline PhotoSubject photo_subject(const mesh::FaceModel& face, std::uint64_t number) {
  Rng rng(100 + number);
  std::vector<float> identity, gains;
  for (std::int64_t i = 0; i < face.identity.count; ++i)
    identity.push_back(static_cast<float>(0.5 * std::clamp(rng.normal(), -2.0, 2.0)));
  for (std::int64_t i = 0; i < face.albedo.count; ++i)
    gains.push_back(static_cast<float>(0.6 * std::clamp(rng.normal(), -2.0, 2.0)));
  const Pose pose{{0.05 * rng.normal(), 0.2 * rng.normal(), 0.03 * rng.normal()}, {}};
  PhotoSubject out;
  out.albedo = mesh::albedo(face, gains);
  for (std::size_t i = 0; i < out.albedo.size(); ++i)
    out.albedo[i] = std::clamp(out.albedo[i] + 0.08F * std::sin(9 * face.mean_shape[i / 3 * 3] +
                                                                static_cast<float>(i % 3)),
                               0.0F, 1.0F);

  recon::FitResult& fit = out.sample.fit;
  const recon::PosedFace posed = recon::FacePoser(Context(), face)(identity, {}, pose);
  fit.vertices = mesh::shape(face, identity, {});
  fit.normals = posed.normals;
  fit.screen = posed.screen;
  fit.albedo_colors = face.mean_albedo;
  fit.angles_rad = pose.angles;
  for (std::size_t c = 0; c < 3; ++c) {
    fit.sh_coefficients[9 * c] = 0.05 * rng.normal();
    for (std::size_t k = 1; k < 4; ++k) fit.sh_coefficients[9 * c + k] = 0.12 * rng.normal();
  }
  fit.vertex_irradiance = recon::light_at(fit.normals, fit.sh_coefficients);

  std::vector<float> lit = out.albedo;
  for (std::size_t i = 0; i < lit.size(); ++i)
    lit[i] = std::clamp(lit[i] * fit.vertex_irradiance[i], 0.0F, 1.0F);
  const Image rendered = render_colors({fit.vertices, recon::flat(face.triangles)}, lit, pose);
  const Image over = lay_over(rendered, std::array{0.3F, 0.4F, 0.5F});
  Image& crop = out.sample.crop;
  crop = Image(over.height, over.width, 4);
  for (std::int64_t i = 0; i < over.height * over.width; ++i) {
    std::copy_n(over.pixels.data() + 3 * i, 3, crop.pixels.data() + 4 * i);
    crop.pixels[4 * i + 3] = rendered.pixels[4 * i + 3] > 0.99F ? 1.0F : 0.0F;
  }
  for (std::size_t k = 0; k < photo::kLandmarks; ++k) {
    const auto v = static_cast<std::size_t>(face.landmarks[k]);
    out.sample.landmarks[k] = {fit.screen[3 * v], fit.screen[3 * v + 1]};
  }
  out.sample.name = text("subject ", number);
  return out;
}

}  // namespace fgcn::test
