#include "mesh/embedded/nose.h"

#include <algorithm>
#include <cmath>

#include "mesh/embedded/curves.h"

namespace fgcn::mesh::embedded {
namespace {

double length(double x, double y, double z) { return std::sqrt(x * x + y * y + z * z); }

// First-order distance to an ellipsoid: f / |grad f| of the implicit function.
double ellipsoid(const Vec3& p, const Vec3& centre, const Vec3& radius) {
  const double x = p[0] - centre[0];
  const double y = p[1] - centre[1];
  const double z = p[2] - centre[2];
  const double k0 = length(x / radius[0], y / radius[1], z / radius[2]);
  const double k1 =
      length(x / (radius[0] * radius[0]), y / (radius[1] * radius[1]), z / (radius[2] * radius[2]));
  return k1 > 0 ? k0 * (k0 - 1) / k1 : -std::min({radius[0], radius[1], radius[2]});
}

// A capsule whose radius goes from ra at a to rb at b.
double capsule(const Vec3& p, const Vec3& a, const Vec3& b, double ra, double rb) {
  const Vec3 pa{p[0] - a[0], p[1] - a[1], p[2] - a[2]};
  const Vec3 ba{b[0] - a[0], b[1] - a[1], b[2] - a[2]};
  const double t = std::clamp((pa[0] * ba[0] + pa[1] * ba[1] + pa[2] * ba[2]) /
                                  (ba[0] * ba[0] + ba[1] * ba[1] + ba[2] * ba[2]),
                              0.0, 1.0);
  return length(pa[0] - t * ba[0], pa[1] - t * ba[1], pa[2] - t * ba[2]) - (ra + (rb - ra) * t);
}

}  // namespace

NoseDistance nose_distance(const Vec3& signed_p) {
  const Vec3 p{std::abs(signed_p[0]), signed_p[1], signed_p[2]};
  const double bridge = capsule(p, {0, 8, 5.5}, {0, -12, 18.5}, 7.0, 7.2);
  const double dorsum = capsule(p, {0, -12, 18.5}, {0, -29, 29.0}, 7.2, 8.2);
  const double side = capsule(p, {4.5, -4, 6}, {9.5, -34, 13.5}, 7.0, 9.3);
  const double tip = ellipsoid(p, {0, -32.5, 28.5}, {9.4, 8.2, 10.0});
  const double wing = ellipsoid(p, {11.2, -39.3, 17.6}, {6.0, 6.4, 10.0});
  const double columella = capsule(p, {0, -37.0, 31.0}, {0, -43.5, 21.0}, 3.4, 4.2);
  double nose = smooth_min(bridge, dorsum, 5);
  nose = smooth_min(nose, side, 11);
  nose = smooth_min(nose, tip, 5);
  nose = smooth_min(nose, wing, 4);
  nose = smooth_min(nose, columella, 3);
  const double nostril = ellipsoid(p, {6.9, -42.8, 24.0}, {3.0, 3.4, 5.2});
  return {nose, nostril};
}

}  // namespace fgcn::mesh::embedded
