// A picture of a face model's mean face that the detector takes for a person's.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "io/image.h"
#include "io/mesh/normals.h"
#include "mesh/face/face_model.h"
#include "recon/fit/triangle_list.h"
#include "render/views.h"

namespace fgcn::bench {

/// [side, side, 3]: the mean face before a grey wall, lit from ahead and above. The detector takes
/// the embedded face for a person (tests/train/synthetic/embedded_detection_test.cpp).
inline Image8 lit_portrait(const mesh::FaceModel& model, float brightness,
                           std::int64_t side = 320) {
  mesh::TriangleMesh surface{{}, model.triangles};
  for (std::size_t v = 0; v + 2 < model.mean_shape.size(); v += 3)
    surface.vertices.push_back(
        {model.mean_shape[v], model.mean_shape[v + 1], model.mean_shape[v + 2]});
  const std::vector<mesh::Vec3> normals = mesh::vertex_normals(surface);
  std::vector<float> lit = model.mean_albedo;
  for (std::size_t v = 0; v < normals.size(); ++v) {
    const double facing = std::max(0.0, 0.37 * normals[v][1] + 0.93 * normals[v][2]);
    const float light = brightness * static_cast<float>(0.35 + 0.75 * facing);
    for (std::size_t c = 0; c < 3; ++c) lit[3 * v + c] = std::min(1.0F, lit[3 * v + c] * light);
  }
  Camera camera;
  camera.height = camera.width = side;
  const Image rendered =
      render_colors({model.mean_shape, recon::flat(model.triangles)}, lit, Pose{}, camera);
  return to_bytes(lay_over(rendered, std::array<float, 3>{0.5F, 0.55F, 0.6F}));
}

}  // namespace fgcn::bench
