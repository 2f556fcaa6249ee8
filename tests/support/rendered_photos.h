// Rendered photos of a face model's faces: samples for training, without a data set.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "kernels/core/rng.h"
#include "mesh/face/face_model.h"
#include "recon/fit/fit_surfaces.h"
#include "recon/fit/posed_face.h"
#include "recon/fit/triangle_list.h"
#include "recon/refine/photo_sample.h"
#include "render/views.h"

namespace fgcn::test {

/// The i-th: a face of random coefficients under random light before a flat ground, whose skin has
/// spots that the fit does not know.
inline recon::PhotoSample rendered_photo(const mesh::FaceModel& face, std::int64_t i) {
  Rng rng = Rng(0x70686f746fULL).split(static_cast<std::uint64_t>(i));
  recon::PhotoSample out;
  out.name = "rendered " + std::to_string(i);
  recon::FitResult& fit = out.fit;
  const auto draw = [&rng](std::int64_t count, double spread) {
    std::vector<double> values(static_cast<std::size_t>(count));
    for (double& v : values) v = spread * rng.normal();
    return values;
  };
  fit.identity = draw(face.identity.count, 0.6);
  fit.expression = draw(face.expression.count, 0.05);
  fit.albedo = draw(face.albedo.count, 0.6);
  fit.angles_rad = {rng.uniform(-0.1, 0.1), rng.uniform(-0.3, 0.3), rng.uniform(-0.1, 0.1)};
  for (std::size_t c = 0; c < 3; ++c) {
    fit.sh_coefficients[9 * c] = rng.uniform(-0.1, 0.1);
    fit.sh_coefficients[9 * c + 2] = rng.uniform(-0.2, 0.1);
    fit.sh_coefficients[9 * c + 3] = rng.uniform(-0.1, 0.1);
  }
  std::copy(face.landmarks.begin(), face.landmarks.end(), fit.landmark_vertices.begin());
  const Camera camera = recon::crop_camera(recon::kCropSize);
  recon::FitSurfaces(Context(Device::kCpu, 1), face).fill(camera, fit);

  std::vector<float> visible = fit.albedo_colors;
  for (std::size_t v = 0; v < visible.size(); v += 3) {
    const auto spot = static_cast<float>(rng.uniform(-0.1, 0.1));
    for (std::size_t c = 0; c < 3; ++c)
      visible[v + c] =
          std::clamp((visible[v + c] + spot) * fit.vertex_irradiance[v + c], 0.0F, 1.0F);
  }
  const std::vector<std::int32_t> faces = recon::flat(face.triangles);
  const Image rendered = render_colors({fit.vertices, faces}, visible, fit.pose(), camera);
  const Image over = lay_over(rendered, std::array<float, 3>{0.3F, 0.4F, 0.5F});
  out.crop = Image(rendered.height, rendered.width, 4);
  for (std::int64_t p = 0; p < rendered.height * rendered.width; ++p) {
    for (std::int64_t c = 0; c < 3; ++c) out.crop.pixels[4 * p + c] = over.pixels[3 * p + c];
    out.crop.pixels[4 * p + 3] = rendered.pixels[4 * p + 3] > 0.99F ? 1.0F : 0.0F;
  }
  for (std::size_t k = 0; k < 68; ++k) {
    const auto v = static_cast<std::size_t>(face.landmarks[k]);
    out.landmarks[k] = {fit.screen[3 * v], fit.screen[3 * v + 1]};
  }
  return out;
}

}  // namespace fgcn::test
