// What CPU and GPU share of the vertex normals.
#pragma once

#include <cmath>

#include "kernels/core/real3.h"
#include "kernels/vertex_normals/vertex_normals.h"

namespace fgcn::kernels {

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

/// 1 / |s|, 0 for none.
FGCN_HD real inverse_length(Real3 s) {
  const real length = std::sqrt(dot(s, s));
  return length > 0 ? 1 / length : real(0);
}

FGCN_HD Real3 unit_normal(Real3 s) {
  const real scale = inverse_length(s);
  return {s.x * scale, s.y * scale, s.z * scale};
}

/// Cotangent of s from g, that of s / |s|.
FGCN_HD Real3 unit_cotangent(Real3 s, Real3 g) {
  const real scale = inverse_length(s);
  const Real3 n{s.x * scale, s.y * scale, s.z * scale};
  const real along = dot(n, g);
  return {(g.x - n.x * along) * scale, (g.y - n.y * along) * scale, (g.z - n.z * along) * scale};
}

/// Cotangent of the corner `place` of a triangle whose normal's cotangent is g.
FGCN_HD Real3 corner_cotangent(Real3 a, Real3 b, Real3 c, int place, Real3 g) {
  const Real3 from_ab = cross(minus(b, c), g);
  const Real3 from_bc = cross(g, minus(a, b));
  if (place == 0) return from_ab;
  if (place == 1) return minus(from_bc, from_ab);
  return {-from_bc.x, -from_bc.y, -from_bc.z};
}

/// Cotangent of vertex v's position; x and grad_sum are one image's [V, 3].
FGCN_HD Real3 position_cotangent(const std::int32_t* triangles, const CornersView& corners,
                                 const real* x, const real* grad_sum, std::int64_t v) {
  Real3 sum{0, 0, 0};
  for (std::int32_t e = corners.begin[v]; e < corners.begin[v + 1]; ++e) {
    const std::int32_t corner = corners.corner[e];
    const std::int32_t* t = triangles + corner / 3 * 3;
    const Real3 g = plus(plus(load3(grad_sum + 3 * t[0]), load3(grad_sum + 3 * t[1])),
                         load3(grad_sum + 3 * t[2]));
    sum = plus(sum, corner_cotangent(load3(x + 3 * t[0]), load3(x + 3 * t[1]), load3(x + 3 * t[2]),
                                     corner % 3, g));
  }
  return sum;
}

}  // namespace fgcn::kernels
