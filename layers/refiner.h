// From the coarse albedo and the colors seen in the photo to features on the mesh.
#pragma once

#include <vector>

#include "layers/cheb_conv.h"
#include "layers/fully_connected.h"
#include "layers/mesh_hierarchy.h"

namespace fgcn {

/// Convolution to filters[0]; on every level down {pool, convolution, activation}; two fully
/// connected layers through a bottleneck; on every level up {un-pool, beside it the features that
/// the way down had there (the two coarsest), convolution, activation}; convolution to 3
/// channels, activation.
/// Source  Lin et al., CVPR 2020, section 3.2.
class Refiner {
 public:
  static constexpr std::int64_t kInput = 7;  // channels: albedo 3, projected color 3, visibility 1

  struct Size {
    std::vector<std::int64_t> filters;  // of the way down, one a pool
    std::int64_t bottleneck;
    std::int64_t terms;  // K of every convolution
    Activation activation;
    BranchOutput output = BranchOutput::kActivated;
    WeightForm form = WeightForm::kPlain;
  };

  Refiner(const Context& ctx, const GraphHierarchy& hierarchy, const Size& size, Rng& rng);

  /// [V, N, 7] -> [V, N, 3]
  Var operator()(const Var& x) const;
  void add_to(std::vector<Parameter*>& parameters);

 private:
  std::vector<SparseOperator> pool_;
  std::vector<SparseOperator> unpool_;  // from the coarsest
  std::int64_t coarsest_;               // vertices
  ChebConv first_;
  std::vector<ActiveChebConv> down_;
  FullyConnected narrow_;
  FullyConnected widen_;
  std::vector<ActiveChebConv> up_;
  ActiveChebConv last_;
};

}  // namespace fgcn
