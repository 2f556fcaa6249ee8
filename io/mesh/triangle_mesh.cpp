#include "io/mesh/triangle_mesh.h"

#include "kernels/core/error.h"

namespace fgcn::mesh {

void check(const TriangleMesh& mesh) {
  const auto count = static_cast<std::int64_t>(mesh.vertices.size());
  for (std::size_t t = 0; t < mesh.triangles.size(); ++t)
    for (const std::int32_t v : mesh.triangles[t])
      FGCN_CHECK(v >= 0 && v < count, "mesh: triangle ", t, " names vertex ", v, " of ", count);
}

}  // namespace fgcn::mesh
