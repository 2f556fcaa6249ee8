#include "mesh/search/landmark_points.h"

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "mesh/closest_point.h"
#include "mesh/search/nearest_vertex.h"

namespace fgcn::mesh {

std::vector<PointOnMesh> points_on_mesh(const TriangleMesh& mesh, std::span<const Vec3> points) {
  const std::vector<ClosestPoint> closest = ClosestPointTree(mesh).find(points);
  const std::vector<NearestVertex> nearest = NearestVertexTree(mesh.vertices).find(points);
  std::vector<PointOnMesh> out;
  out.reserve(points.size());
  for (std::size_t i = 0; i < points.size(); ++i)
    out.push_back({nearest[i].vertex, mesh.triangles[closest[i].triangle], closest[i].barycentric});
  return out;
}

Vec3 point_of(const PointOnMesh& at, std::span<const Vec3> vertices) {
  Vec3 out{0, 0, 0};
  for (int k = 0; k < 3; ++k) {
    FGCN_CHECK(at.corners[k] >= 0 && static_cast<std::size_t>(at.corners[k]) < vertices.size(),
               "point on mesh: names vertex ", at.corners[k], " of ", vertices.size());
    out = out + at.coefficients[k] * vertices[static_cast<std::size_t>(at.corners[k])];
  }
  return out;
}

}  // namespace fgcn::mesh
