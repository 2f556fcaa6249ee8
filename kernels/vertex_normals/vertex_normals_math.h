// What CPU and GPU share of the vertex normals.
#pragma once

#include "kernels/vertex_normals/vertex_normals.h"

namespace fgcn::kernels {

struct Real3 {
  real x, y, z;
};

FGCN_HD Real3 load3(const real* p) { return {p[0], p[1], p[2]}; }
FGCN_HD Real3 minus(Real3 a, Real3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
FGCN_HD Real3 plus(Real3 a, Real3 b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
FGCN_HD real dot(Real3 a, Real3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
FGCN_HD Real3 cross(Real3 a, Real3 b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

/// Sum of the unnormalised triangle normals around vertex v; x is one image's [V, 3].
FGCN_HD Real3 normal_sum(const std::int32_t* triangles, const CornersView& corners, const real* x,
                         std::int64_t v) {
  Real3 sum{0, 0, 0};
  for (std::int32_t e = corners.begin[v]; e < corners.begin[v + 1]; ++e) {
    const std::int32_t* t = triangles + corners.corner[e] / 3 * 3;
    const Real3 b = load3(x + 3 * t[1]);
    sum = plus(sum, cross(minus(load3(x + 3 * t[0]), b), minus(b, load3(x + 3 * t[2]))));
  }
  return sum;
}

/// Cotangent of the corner `place` of a triangle whose normal's cotangent is g.
FGCN_HD Real3 corner_cotangent(Real3 a, Real3 b, Real3 c, int place, Real3 g) {
  const Real3 from_ab = cross(minus(b, c), g);
  const Real3 from_bc = cross(g, minus(a, b));
  if (place == 0) return from_ab;
  if (place == 1) return minus(from_bc, from_ab);
  return {-from_bc.x, -from_bc.y, -from_bc.z};
}

}  // namespace fgcn::kernels
