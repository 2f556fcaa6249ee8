// Vertex normals: shared by CPU and GPU.
#pragma once

#include <cmath>
#include <limits>

#include "kernels/core/normal_sum.h"
#include "kernels/core/real3.h"
#include "kernels/vertex_normals/vertex_normals.h"

namespace fgcn::kernels {

/// Sum of |coordinates|.
FGCN_HD real lengths(Real3 a) { return std::abs(a.x) + std::abs(a.y) + std::abs(a.z); }

/// Sum over the triangles around vertex v; x is one image's [V, 3]. Most vertices are nowhere near
/// the limits of NormalSum: the plain sum has its bits then, and a third of its arithmetic.
FGCN_HD NormalSum<real> normal_sum(const std::int32_t* triangles, const CornersView& corners,
                                   const real* x, std::int64_t v) {
  const std::int32_t begin = corners.begin[v], end = corners.begin[v + 1];
  NormalSum<real> out;
  Real3 sum{0, 0, 0}, corner{0, 0, 0};
  real edges = 0;
  for (std::int32_t e = begin; e < end; ++e) {
    const std::int32_t* t = triangles + corners.corner[e] / 3 * 3;
    const Real3 b = load3(x + 3 * t[1]);
    const Real3 u = minus(load3(x + 3 * t[0]), b), w = minus(b, load3(x + 3 * t[2]));
    sum = plus(sum, cross(u, w));
    edges += lengths(u) + lengths(w);
    corner = b;
  }
  // Any corner is that far from any other at most, by way of v.
  if (NormalSum<real>::is_plain(lengths(sum) / 3, edges, lengths(corner) + 2 * edges)) {
    out.x = sum.x;
    out.y = sum.y;
    out.z = sum.z;
    out.scale = 1;
    return out;
  }
  for (std::int32_t e = begin; e < end; ++e) {
    const std::int32_t* t = triangles + corners.corner[e] / 3 * 3;
    out.add(x + 3 * t[0], x + 3 * t[1], x + 3 * t[2]);
  }
  return out;
}

/// Zero, not minus zero, where there is none.
FGCN_HD Real3 unit_normal(const NormalSum<real>& s) {
  const real scale = s.inverse_length();
  return {s.x * scale + 0, s.y * scale + 0, s.z * scale + 0};
}

/// Cotangent of the sum itself, whatever it is counted in, from g, that of s / |s|: zero where s is
/// noise, and where real cannot hold 1 / |s|.
FGCN_HD Real3 unit_cotangent(const NormalSum<real>& s, Real3 g) {
  const real scale = s.inverse_length();
  const Real3 n{s.x * scale, s.y * scale, s.z * scale};
  const real along = dot(n, g);
  real by = s.scale > 0 ? scale / s.scale / s.scale : scale;
  if (by > std::numeric_limits<real>::max()) by = 0;
  return {(g.x - n.x * along) * by, (g.y - n.y * along) * by, (g.z - n.z * along) * by};
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
