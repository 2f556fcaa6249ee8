#include "mesh/sampling.h"

#include <Eigen/Dense>
#include <array>
#include <utility>
#include <vector>

#include "kernels/core/error.h"
#include "mesh/closest_point.h"

namespace fgcn::mesh {
namespace {

Eigen::Vector3d column(const Vec3& p) { return {p[0], p[1], p[2]}; }

/// Least squares of least norm, as the original's solver gives them when the columns depend on each
/// other.
std::array<double, 3> reference_coefficients(const Vec3& fine, const ClosestPoint& found,
                                             const std::array<Vec3, 3>& corner) {
  std::array<double, 3> out{};
  if (found.part == TrianglePart::kInside) {
    Eigen::Matrix3d columns;
    for (int k = 0; k < 3; ++k) columns.col(k) = column(corner[k]);
    const Eigen::Vector3d c =
        columns.jacobiSvd(Eigen::ComputeFullU | Eigen::ComputeFullV).solve(column(found.point));
    for (int k = 0; k < 3; ++k) out[k] = c[k];
  } else if (found.part <= TrianglePart::kSide2) {
    const int k = static_cast<int>(found.part) - static_cast<int>(TrianglePart::kSide0);
    const int next = (k + 1) % 3;
    Eigen::Matrix<double, 3, 2> columns;
    columns << column(corner[k]), column(corner[next]);
    const Eigen::Vector2d c = Eigen::MatrixXd(columns)
                                  .jacobiSvd(Eigen::ComputeThinU | Eigen::ComputeThinV)
                                  .solve(column(fine));
    out[k] = c[0];
    out[next] = c[1];
  } else {
    out = found.barycentric;
  }
  return out;
}

}  // namespace

Csr selection_matrix(std::span<const std::int32_t> kept, std::int64_t vertices) {
  std::vector<Triplet> entries;
  for (std::size_t i = 0; i < kept.size(); ++i)
    entries.push_back({static_cast<std::int32_t>(i), kept[i], 1.0});
  return csr_from_triplets(static_cast<std::int64_t>(kept.size()), vertices, std::move(entries));
}

Csr unpool_matrix(std::span<const Vec3> fine, const TriangleMesh& coarse, UnpoolRule rule) {
  TriangleMesh proper{coarse.vertices, {}};
  for (const Triangle& t : coarse.triangles)
    if (t[0] != t[1] && t[1] != t[2] && t[2] != t[0]) proper.triangles.push_back(t);
  FGCN_CHECK(!proper.triangles.empty(), "unpool: the coarse mesh of ", coarse.vertices.size(),
             " vertices has no triangle");
  const std::vector<ClosestPoint> found = ClosestPointTree(proper).find(fine);
  std::vector<Triplet> entries;
  entries.reserve(3 * fine.size());
  for (std::size_t i = 0; i < fine.size(); ++i) {
    const Triangle& t = proper.triangles[found[i].triangle];
    const std::array<double, 3> c =
        rule == UnpoolRule::kBarycentric
            ? found[i].barycentric
            : reference_coefficients(
                  fine[i], found[i],
                  {coarse.vertices[t[0]], coarse.vertices[t[1]], coarse.vertices[t[2]]});
    for (int k = 0; k < 3; ++k) entries.push_back({static_cast<std::int32_t>(i), t[k], c[k]});
  }
  return csr_from_triplets(static_cast<std::int64_t>(fine.size()),
                           static_cast<std::int64_t>(coarse.vertices.size()), std::move(entries));
}

}  // namespace fgcn::mesh
