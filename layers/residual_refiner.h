// The refiner of the networks of residual blocks.
#pragma once

#include <vector>

#include "layers/mesh_hierarchy.h"
#include "layers/refiner.h"
#include "layers/residual_block.h"

namespace fgcn {

/// Blocks to filters[0]; pool; to filters[1] and filters[2]; un-pool; to filters[3] and to 3
/// channels. It sees two levels only and has no fully connected layer, so that a vertex sees its
/// neighborhood only.
/// Source  Lin et al., CVPR 2020, section 3.2.
class ResidualRefiner {
 public:
  static constexpr std::size_t kFilters = 4;

  struct Size {
    std::vector<std::int64_t> filters;  // kFilters of them
    std::int64_t terms;                 // K of every convolution but the shortcuts
    Activation activation;
    BranchOutput output = BranchOutput::kActivated;
    WeightForm form = WeightForm::kPlain;
  };

  /// Errors  fgcn::Error unless the hierarchy has two levels and there are kFilters widths.
  ResidualRefiner(const Context& ctx, const GraphHierarchy& hierarchy, const Size& size, Rng& rng);

  /// [V, N, Refiner::kInput] -> [V, N, 3]
  Var operator()(const Var& x) const;
  void add_to(std::vector<Parameter*>& parameters);

 private:
  SparseOperator pool_, unpool_;
  std::vector<ResidualBlock> blocks_;
};

}  // namespace fgcn
