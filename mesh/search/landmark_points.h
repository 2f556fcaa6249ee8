// Named points of space, fixed to a mesh.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "io/mesh/triangle_mesh.h"

namespace fgcn::mesh {

/// The vertex nearest to a point, and the surface's point closest to it as a combination of the
/// corners of its triangle: that one moves with the mesh.
struct PointOnMesh {
  std::int32_t nearest_vertex = -1;
  Triangle corners{};
  std::array<double, 3> coefficients{};  // >= 0, sum 1
};

/// Errors   as ClosestPointTree and NearestVertexTree.
std::vector<PointOnMesh> points_on_mesh(const TriangleMesh& mesh, std::span<const Vec3> points);

/// sum_k coefficients[k] vertex corners[k], of any vertices in the mesh's numbering.
Vec3 point_of(const PointOnMesh& at, std::span<const Vec3> vertices);

}  // namespace fgcn::mesh
