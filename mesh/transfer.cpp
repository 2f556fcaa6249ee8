#include "mesh/transfer.h"

#include <Eigen/Dense>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {

std::vector<ClosestPoint> correspondences(const TriangleMesh& source,
                                          std::span<const Vec3> target) {
  return ClosestPointTree(source).find(target);
}

std::vector<Vec3> transferred(std::span<const ClosestPoint> at, const TriangleMesh& source,
                              std::span<const Vec3> values) {
  std::vector<Vec3> out;
  out.reserve(at.size());
  for (const ClosestPoint& place : at) {
    Vec3 sum{0, 0, 0};
    for (int k = 0; k < 3; ++k) {
      const auto v =
          static_cast<std::size_t>(source.triangles[static_cast<std::size_t>(place.triangle)][k]);
      FGCN_CHECK(v < values.size(), "transfer: ", values.size(), " rows, but a triangle names ", v);
      sum = sum + place.barycentric[k] * values[v];
    }
    out.push_back(sum);
  }
  return out;
}

Vec3 Similarity::operator()(const Vec3& p) const {
  Vec3 out;
  for (int k = 0; k < 3; ++k) out[k] = scale * dot(rotation[k], p) + translation[k];
  return out;
}

Similarity similarity(std::span<const Vec3> from, std::span<const Vec3> to) {
  FGCN_CHECK(from.size() == to.size() && from.size() >= 3, "similarity: ", from.size(), " and ",
             to.size(), " points, expected as many, three at least");
  const auto count = static_cast<Eigen::Index>(from.size());
  Eigen::Matrix3Xd a(3, count), b(3, count);
  for (Eigen::Index i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    a.col(i) << from[at][0], from[at][1], from[at][2];
    b.col(i) << to[at][0], to[at][1], to[at][2];
  }
  const Eigen::JacobiSVD<Eigen::MatrixXd> spread((a.colwise() - a.rowwise().mean()).eval());
  FGCN_CHECK(spread.singularValues()(1) > 1e-9 * spread.singularValues()(0),
             "similarity: the points lie in one line");
  const Eigen::Matrix4d m = Eigen::umeyama(a, b, true);
  Similarity out;
  out.scale = m.block<3, 1>(0, 0).norm();
  for (int r = 0; r < 3; ++r) {
    for (int c = 0; c < 3; ++c) out.rotation[r][c] = m(r, c) / out.scale;
    out.translation[r] = m(r, 3);
  }
  return out;
}

}  // namespace fgcn::mesh
