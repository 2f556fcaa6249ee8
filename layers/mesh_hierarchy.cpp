#include "layers/mesh_hierarchy.h"

namespace fgcn {
namespace {

std::vector<Csr> rescaled_laplacians(const mesh::Hierarchy& hierarchy) {
  std::vector<Csr> out;
  for (const mesh::Level& level : hierarchy.levels) out.push_back(level.rescaled);
  return out;
}

}  // namespace

GraphHierarchy::GraphHierarchy(const Context& ctx, const mesh::Hierarchy& hierarchy)
    : GraphHierarchy(ctx, rescaled_laplacians(hierarchy), hierarchy.down, hierarchy.up) {}

GraphHierarchy::GraphHierarchy(const Context& ctx, const std::vector<Csr>& laplacians,
                               const std::vector<Csr>& pools, const std::vector<Csr>& unpools) {
  FGCN_CHECK(!laplacians.empty() && pools.size() + 1 == laplacians.size() &&
                 unpools.size() == pools.size(),
             "mesh hierarchy: ", laplacians.size(), " Laplacians, ", pools.size(), " pools and ",
             unpools.size(), " un-pools");
  for (const Csr& l : laplacians) {
    laplacian.emplace_back(ctx, l);
    FGCN_CHECK(laplacian.back().symmetric(), "mesh hierarchy: the Laplacian of level ",
               laplacian.size() - 1, " is not symmetric");
  }
  for (std::size_t i = 0; i < pools.size(); ++i) {
    const std::int64_t fine = laplacians[i].rows;
    const std::int64_t coarse = laplacians[i + 1].rows;
    FGCN_CHECK(pools[i].rows == coarse && pools[i].cols == fine, "mesh hierarchy: D_", i, " is [",
               pools[i].rows, ", ", pools[i].cols, "], expected [", coarse, ", ", fine, "]");
    FGCN_CHECK(unpools[i].rows == fine && unpools[i].cols == coarse, "mesh hierarchy: U_", i,
               " is [", unpools[i].rows, ", ", unpools[i].cols, "], expected [", fine, ", ", coarse,
               "]");
    pool.emplace_back(ctx, pools[i]);
    unpool.emplace_back(ctx, unpools[i]);
  }
}

}  // namespace fgcn
