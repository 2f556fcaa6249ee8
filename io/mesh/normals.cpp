#include "io/mesh/normals.h"

#include "kernels/core/normal_sum.h"

namespace fgcn::mesh {

std::vector<Vec3> vertex_normals(const TriangleMesh& mesh) {
  check(mesh);
  std::vector<NormalSum<double>> sums(mesh.vertices.size());
  for (const Triangle& t : mesh.triangles)
    for (const std::int32_t v : t)
      sums[v].add(mesh.vertices[t[0]].data(), mesh.vertices[t[1]].data(),
                  mesh.vertices[t[2]].data());
  std::vector<Vec3> out;
  out.reserve(sums.size());
  for (const NormalSum<double>& s : sums) {
    const double scale = s.inverse_length();
    out.push_back({s.x * scale + 0, s.y * scale + 0, s.z * scale + 0});
  }
  return out;
}

}  // namespace fgcn::mesh
