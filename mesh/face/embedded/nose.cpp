#include "mesh/face/embedded/nose.h"

#include <algorithm>
#include <cmath>

#include "mesh/face/embedded/curves.h"

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

// The dorsum and its side walls: a rounded wedge, z = ridge - slope (sqrt(x^2 + r^2) - r).
double wedge(const Vec3& p) {
  static const Curve ridge{{-58, 5},    {-48, 17},   {-43, 25},   {-38.5, 33}, {-34, 36.8},
                           {-29, 36.6}, {-24, 34.2}, {-18, 30.4}, {-12, 26.0}, {-6, 21.4},
                           {-1, 17.8},  {4, 15.2},   {10, 13.5},  {18, 10},    {26, 0}};
  static const Curve slope{{-46, 2.5}, {-30, 2.35}, {-20, 2.15}, {-10, 1.9}, {2, 1.5}, {12, 1.1}};
  static const Curve roundness{{-46, 9.5}, {-32, 8.4}, {-22, 6.2}, {-12, 5.4}, {0, 5.6}, {12, 8}};
  const double m = slope(p[1]);
  const double r = roundness(p[1]);
  const double root = std::sqrt(p[0] * p[0] + r * r);
  const double steep = m * p[0] / root;
  return (p[2] - ridge(p[1]) + m * (root - r)) / std::sqrt(1.3 + steep * steep);
}

}  // namespace

NoseDistance nose_distance(const Vec3& signed_p) {
  const Vec3 p{std::abs(signed_p[0]), signed_p[1], signed_p[2]};
  const double tip = ellipsoid(p, {0, -32.3, 28.6}, {9.2, 7.8, 10.2});
  const double wing = ellipsoid(p, {10.4, -38.4, 17.4}, {6.9, 6.6, 10.0});
  const double columella = capsule(p, {0, -37.0, 31.0}, {0, -43.5, 21.0}, 3.4, 4.2);
  double nose = smooth_min(wedge(p), tip, 6);
  nose = smooth_min(nose, wing, 9);
  nose = smooth_min(nose, columella, 4);
  const double nostril = ellipsoid(p, {6.9, -42.8, 24.0}, {3.0, 3.4, 5.2});
  return {nose, nostril};
}

}  // namespace fgcn::mesh::embedded
