// A hierarchy of five levels that is small enough for gradient checks of whole networks.
#pragma once

#include <vector>

#include "layers/mesh_hierarchy.h"

namespace fgcn::test {

/// A path graph of 32, 16, 8, 4 and 2 vertices at every level, each vertex of the coarser one in
/// the middle of two.
inline GraphHierarchy small_hierarchy(const Context& ctx) {
  std::vector<Csr> laplacians, pools, unpools;
  for (std::int32_t size = 32; size >= 2; size /= 2) {
    std::vector<Triplet> edges, down, up;
    for (std::int32_t i = 0; i + 1 < size; ++i) {
      edges.push_back({i, i + 1, -0.5});
      edges.push_back({i + 1, i, -0.5});
    }
    laplacians.push_back(csr_from_triplets(size, size, edges));
    if (size == 2) break;
    for (std::int32_t i = 0; i < size / 2; ++i) {
      down.push_back({i, 2 * i, 1});
      up.push_back({2 * i, i, 1});
      up.push_back({2 * i + 1, i, 0.5});
      up.push_back({2 * i + 1, (i + 1) % (size / 2), 0.5});
    }
    pools.push_back(csr_from_triplets(size / 2, size, down));
    unpools.push_back(csr_from_triplets(size, size / 2, up));
  }
  return {ctx, laplacians, pools, unpools};
}

}  // namespace fgcn::test
