// The quadric error of a set of planes.
#pragma once

#include "io/mesh/triangle_mesh.h"
#include "io/mesh/vec3.h"

namespace fgcn::mesh {

/// Q(p) = sum_i w_i (n_i . p + d_i)^2, as the ten distinct numbers of a symmetric 4 by 4 matrix.
/// Source: Garland and Heckbert, SIGGRAPH 1997.
struct Quadric {
  double xx = 0, xy = 0, xz = 0, xw = 0, yy = 0, yz = 0, yw = 0, zz = 0, zw = 0, ww = 0;

  /// The plane n . p + d = 0; the quadric is that of distances when n has length 1.
  static Quadric plane(const Vec3& n, double d, double weight) {
    return {weight * n[0] * n[0], weight * n[0] * n[1], weight * n[0] * n[2], weight * n[0] * d,
            weight * n[1] * n[1], weight * n[1] * n[2], weight * n[1] * d,    weight * n[2] * n[2],
            weight * n[2] * d,    weight * d * d};
  }
  Quadric operator+(const Quadric& q) const {
    return {xx + q.xx, xy + q.xy, xz + q.xz, xw + q.xw, yy + q.yy,
            yz + q.yz, yw + q.yw, zz + q.zz, zw + q.zw, ww + q.ww};
  }
  /// (p, 1) Q (p, 1)^T, summed row by row.
  double operator()(const Vec3& p) const {
    const double x = xx * p[0] + xy * p[1] + xz * p[2] + xw;
    const double y = xy * p[0] + yy * p[1] + yz * p[2] + yw;
    const double z = xz * p[0] + yz * p[1] + zz * p[2] + zw;
    const double w = xw * p[0] + yw * p[1] + zw * p[2] + ww;
    return x * p[0] + y * p[1] + z * p[2] + w;
  }
};

}  // namespace fgcn::mesh
