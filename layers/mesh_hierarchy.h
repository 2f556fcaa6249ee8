// The matrices of a mesh hierarchy on a device, for graph layers and pools.
#pragma once

#include <vector>

#include "autograd/tensor.h"
#include "mesh/hierarchy.h"

namespace fgcn {

/// Level 0 is the finest. All vertex orders are those of the hierarchy it was made from (its
/// internal ones): features enter and leave through mesh::Hierarchy::order().
struct GraphHierarchy {
  std::vector<SparseOperator> laplacian;  // rescaled, [V_i, V_i], one per level
  std::vector<SparseOperator> pool;       // D_i [V_i+1, V_i], one less
  std::vector<SparseOperator> unpool;     // U_i [V_i, V_i+1], one less

  GraphHierarchy() = default;
  GraphHierarchy(const Context& ctx, const mesh::Hierarchy& hierarchy);
  /// Error when the sizes do not fit together or a Laplacian is not symmetric.
  GraphHierarchy(const Context& ctx, const std::vector<Csr>& laplacians,
                 const std::vector<Csr>& pools, const std::vector<Csr>& unpools);

  std::size_t levels() const { return laplacian.size(); }
  std::int64_t vertices(std::size_t level) const { return laplacian[level].rows(); }
};

}  // namespace fgcn
