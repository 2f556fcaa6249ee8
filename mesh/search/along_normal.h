// Correspondences that look along normals, or weigh them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mesh/closest_point.h"

namespace fgcn::mesh {

/// Where a line meets a mesh.
struct LineHit {
  std::int32_t triangle = -1;  // -1: nowhere; distance is infinite and point the query then
  double distance = 0;
  Vec3 point{};
};

/// The hit nearest to `point` on the line through it along `normal`, forwards or backwards.
///
/// Errors   fgcn::Error for a normal of length 0 or a number that is not finite or beyond 1e60.
/// Repeat   of equally near triangles the one of least index, for any number of threads.
LineHit nearest_along_normal(const ClosestPointTree& tree, const Vec3& point, const Vec3& normal);
std::vector<LineHit> nearest_along_normal(const ClosestPointTree& tree,
                                          std::span<const Vec3> points,
                                          std::span<const Vec3> normals);

/// The least over triangles of  |q - p| + weight (1 - n . n_t),  p the triangle's point closest to
/// q, n_t its unit normal (zero without area). The weight is a length: 0.1 of the mesh's unit where
/// nothing else is said.
struct NormalCost {
  ClosestPoint at;
  double cost = 0;
};
constexpr double kNormalWeight = 0.1;

/// Errors   fgcn::Error as above, but for a normal of length 0; for a weight that is negative, and
///          for a normal longer than 1 by more than rounding.
NormalCost nearest_with_normal(const ClosestPointTree& tree, const Vec3& point, const Vec3& normal,
                               double weight = kNormalWeight);
std::vector<NormalCost> nearest_with_normal(const ClosestPointTree& tree,
                                            std::span<const Vec3> points,
                                            std::span<const Vec3> normals,
                                            double weight = kNormalWeight);

/// Barycentric coordinates of the point's projection on the triangle's plane, not clamped: outside
/// the triangle some are negative. Those of the closest point for a triangle without area.
std::array<double, 3> barycentric_of_projection(const Vec3& point, const Vec3& a, const Vec3& b,
                                                const Vec3& c);

}  // namespace fgcn::mesh
