#include "mesh/normals.h"

#include "mesh/vec3.h"

namespace fgcn::mesh {

std::vector<Vec3> vertex_normals(const TriangleMesh& mesh) {
  check(mesh);
  std::vector<Vec3> out(mesh.vertices.size(), Vec3{0, 0, 0});
  for (const Triangle& t : mesh.triangles) {
    const Vec3& a = mesh.vertices[t[0]];
    const Vec3 normal = cross(mesh.vertices[t[1]] - a, mesh.vertices[t[2]] - a);
    for (const std::int32_t v : t) out[v] = out[v] + normal;
  }
  for (Vec3& n : out) n = normalised(n);
  return out;
}

}  // namespace fgcn::mesh
