#include "mesh/search/triangle_boxes.h"

#include <algorithm>
#include <cmath>

#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

BoxTree tree_of(const TriangleMesh& mesh) {
  check(mesh);
  FGCN_CHECK(!mesh.triangles.empty(), "closest point: the mesh has no triangle");
  return BoxTree(static_cast<std::int64_t>(mesh.triangles.size()), [&](std::int32_t t) {
    const auto& [ia, ib, ic] = mesh.triangles[static_cast<std::size_t>(t)];
    const Vec3 &a = mesh.vertices[ia], &b = mesh.vertices[ib], &c = mesh.vertices[ic];
    Box out{a, a};
    for (int k = 0; k < 3; ++k) {
      out.low[k] = std::min({a[k], b[k], c[k]});
      out.high[k] = std::max({a[k], b[k], c[k]});
      // std::min passes over what is no number when it stands behind.
      if (std::isnan(b[k]) || std::isnan(c[k])) out.low[k] = b[k] + c[k];
    }
    return out;
  });
}

}  // namespace

TriangleBoxes::TriangleBoxes(const TriangleMesh& mesh) : tree_(tree_of(mesh)) {
  corners_.resize(mesh.triangles.size());
  const auto count = static_cast<std::int64_t>(corners_.size());
#pragma omp parallel for
  for (std::int64_t i = 0; i < count; ++i) {
    const auto& [a, b, c] =
        mesh.triangles[static_cast<std::size_t>(triangle(static_cast<std::int32_t>(i)))];
    corners_[static_cast<std::size_t>(i)] = {mesh.vertices[a], mesh.vertices[b], mesh.vertices[c]};
  }
}

}  // namespace fgcn::mesh
