// Polygons cut into triangles.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "io/mesh/triangle_mesh.h"

namespace fgcn::mesh {

/// Concave polygons of more corners than these are not cut: the work grows with their square.
constexpr std::size_t kMaxConcaveCorners = 1024;

/// Appends the n - 2 triangles of the polygon of n corners at `corners`; a triangle's entries are
/// places in `corners`. The fan from the first corner where none of its triangles is turned over,
/// seen along the polygon's normal; else ears are cut off. A polygon that crosses itself, or has no
/// area, also gives n - 2 triangles.
///
/// Errors   False, and nothing is appended, for a polygon of more than kMaxConcaveCorners whose fan
///          would be turned over.
/// Repeat   bitwise: the first ear is always taken.
/// Source   Newell's normal; ears: Meisters, American Mathematical Monthly 82, 1975.
bool cut_polygon(std::span<const Vec3> corners, std::vector<Triangle>& out);

/// Cuts face after face and names the vertices. Vertices give the positions, places the indices
/// that the triangles get: one a corner, mostly the vertex itself.
class PolygonCutter {
 public:
  explicit PolygonCutter(std::span<const Vec3> vertices) : vertices_(vertices) {}

  /// False as cut_polygon.
  bool cut(std::span<const std::int32_t> corners, std::span<const std::int32_t> places,
           std::vector<Triangle>& out);

 private:
  std::span<const Vec3> vertices_;
  std::vector<Vec3> positions_;
  std::vector<Triangle> cut_;
};

}  // namespace fgcn::mesh
