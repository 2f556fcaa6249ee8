// The matrices that carry vertex features between two levels of a mesh hierarchy.
#pragma once

#include <cstdint>
#include <span>

#include "io/mesh/triangle_mesh.h"
#include "kernels/core/csr.h"

namespace fgcn::mesh {

/// Pooling  D [V', V]:  row i selects vertex kept[i].
Csr selection_matrix(std::span<const std::int32_t> kept, std::int64_t vertices);

enum class UnpoolRule {
  /// The barycentric coordinates of the closest point: rows are >= 0 and sum to 1.
  kBarycentric,
  /// The original system's rule. Where the closest point lies on a side, it takes the two
  /// coefficients c that minimize |c_0 p_0 + c_1 p_1 - q|, unconstrained, with positions taken from
  /// the origin. Such rows sum to 0.95 .. 1.04 and depend on where the origin is.
  kReference,
};

/// Un-pooling  U [V, V']:  row i holds the coefficients of the corners of the coarse triangle
/// closest to fine vertex i; three entries per row, zeros stored.
///
/// Errors   fgcn::Error when the coarse mesh has no triangle with three different corners.
/// Source   Ranjan et al., ECCV 2018; docs/method.md, "Mesh hierarchy".
Csr unpool_matrix(std::span<const Vec3> fine, const TriangleMesh& coarse, UnpoolRule rule);

}  // namespace fgcn::mesh
