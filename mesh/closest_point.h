// The point of a triangle mesh nearest to a given point.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "io/mesh/triangle_mesh.h"

namespace fgcn::mesh {

class TriangleBoxes;  // mesh/search/triangle_boxes.h

/// Where on a triangle a point lies: inside; on the side from corner k to corner k + 1; at corner
/// k.
enum class TrianglePart { kInside, kSide0, kSide1, kSide2, kCorner0, kCorner1, kCorner2 };

/// point = sum_k barycentric[k] corner_k.  The coefficients are >= 0 and sum to 1 up to round-off;
/// on a side one of them is exactly 0, at a corner two are and the third is exactly 1.
struct ClosestPoint {
  std::int32_t triangle = -1;
  TrianglePart part = TrianglePart::kInside;
  std::array<double, 3> barycentric{};
  Vec3 point{};
  double distance_squared = 0;
};

/// Closest point of one triangle, which may be degenerate; `triangle` stays -1.
ClosestPoint closest_point(const Vec3& query, const Vec3& a, const Vec3& b, const Vec3& c);

/// A tree of boxes over the triangles of a mesh.
///
/// Errors   fgcn::Error when the mesh has no triangle, an index out of range or a corner with a
///          coordinate beyond 1e60 or not finite; when a query has such a coordinate.
/// Repeat   of equally near triangles the one of least index, for any number of threads.
/// Source   Ericson, Real-Time Collision Detection, 2005, chapters 5 and 6.
class ClosestPointTree {
 public:
  explicit ClosestPointTree(const TriangleMesh& mesh);

  ClosestPoint find(const Vec3& query) const;
  /// One result per query; threads share the queries.
  std::vector<ClosestPoint> find(std::span<const Vec3> queries) const;

  /// For the other searches in the same tree (mesh/search).
  const TriangleBoxes& boxes() const { return *boxes_; }

 private:
  std::shared_ptr<const TriangleBoxes> boxes_;
};

}  // namespace fgcn::mesh
