// From an identity embedding to features on the mesh.
#pragma once

#include <vector>

#include "layers/fully_connected.h"
#include "layers/mesh_hierarchy.h"
#include "layers/residual_block.h"

namespace fgcn {

/// Fully connected to filters[0] features per coarsest vertex; on every level up {un-pool, unit}; a
/// unit to 3 channels. A unit is a Chebyshev convolution with its activation, or a residual block.
/// Source  Lin et al., CVPR 2020, section 3.2.
class Decoder {
 public:
  struct Size {
    std::int64_t embedding;
    std::vector<std::int64_t> filters;  // from the coarsest level, one per level
    std::int64_t terms;                 // K of every convolution
    GraphLayer::Kind kind;
  };

  Decoder(const Context& ctx, const GraphHierarchy& hierarchy, const Size& size, Rng& rng);

  /// [N, E] -> [V, N, 3]
  Var operator()(const Var& embedding) const;
  void add_to(std::vector<Parameter*>& parameters);

 private:
  std::vector<SparseOperator> unpool_;  // from the coarsest
  std::int64_t coarsest_;               // vertices
  FullyConnected first_;
  std::vector<GraphLayer> up_;
  GraphLayer last_;
};

}  // namespace fgcn
