// Projection of one vertex: shared by CPU and GPU.
#pragma once

#include "kernels/core/real3.h"
#include "kernels/project/project.h"

namespace fgcn::kernels {

FGCN_HD Real3 project_vertex(const Pinhole& camera, Real3 v) {
  const real depth = camera.distance - v.z;
  return {camera.centre_x + camera.focal * v.x / depth,
          camera.centre_y - camera.focal * v.y / depth, depth};
}

/// Cotangent of v from g, that of its projection.
FGCN_HD Real3 project_cotangent(const Pinhole& camera, Real3 v, Real3 g) {
  const real scale = camera.focal / (camera.distance - v.z);
  return {scale * g.x, -scale * g.y,
          (g.x * v.x - g.y * v.y) * scale / (camera.distance - v.z) - g.z};
}

}  // namespace fgcn::kernels
