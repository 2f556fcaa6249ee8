// A ray against a triangle, without gaps between triangles that share an edge.
#pragma once

#include <cmath>
#include <optional>
#include <utility>

#include "io/mesh/vec3.h"

namespace fgcn::mesh {

/// origin + t direction for t >= 0. A hit on an edge or a corner is a hit of every triangle there;
/// a triangle seen from the side, or without area, is never hit.
///
/// Source   Woop, Benthin and Wald, "Watertight Ray/Triangle Intersection", JCGT 2013.
class Ray {
 public:
  /// `direction` is finite and not zero.
  Ray(const Vec3& origin, const Vec3& direction) : origin_(origin) {
    for (int k = 1; k < 3; ++k)
      if (std::abs(direction[k]) > std::abs(direction[z_])) z_ = k;
    x_ = (z_ + 1) % 3;
    y_ = (z_ + 2) % 3;
    if (direction[z_] < 0) std::swap(x_, y_);
    shear_x_ = direction[x_] / direction[z_];
    shear_y_ = direction[y_] / direction[z_];
    shear_z_ = 1 / direction[z_];
  }

  /// t, or nothing.
  std::optional<double> meets(const Vec3& a, const Vec3& b, const Vec3& c) const {
    const Vec3 p = sheared(a), q = sheared(b), r = sheared(c);
    const double u = r[0] * q[1] - r[1] * q[0];
    const double v = p[0] * r[1] - p[1] * r[0];
    const double w = q[0] * p[1] - q[1] * p[0];
    if ((u < 0 || v < 0 || w < 0) && (u > 0 || v > 0 || w > 0)) return std::nullopt;
    const double sum = u + v + w;
    if (sum == 0) return std::nullopt;
    const double t = (u * p[2] + v * q[2] + w * r[2]) / sum;
    if (!(t >= 0)) return std::nullopt;
    return t;
  }

 private:
  Vec3 sheared(const Vec3& at) const {
    const Vec3 from = at - origin_;
    return {from[x_] - shear_x_ * from[z_], from[y_] - shear_y_ * from[z_], shear_z_ * from[z_]};
  }

  Vec3 origin_;
  int x_ = 0, y_ = 0, z_ = 0;
  double shear_x_ = 0, shear_y_ = 0, shear_z_ = 0;
};

}  // namespace fgcn::mesh
