// From an identity embedding to features on the mesh.
#pragma once

#include <optional>
#include <vector>

#include "layers/fully_connected.h"
#include "layers/mesh_hierarchy.h"
#include "layers/residual_block.h"

namespace fgcn {

/// Fully connected to filters[0] features per coarsest vertex; on every level up {un-pool, unit}. A
/// unit is a Chebyshev convolution with its activation, or a residual block. The last block has 3
/// channels; behind the last convolution another one follows, to 3 channels.
/// Source  Lin et al., CVPR 2020, section 3.2.
class Decoder {
 public:
  struct Size {
    std::int64_t embedding;
    std::vector<std::int64_t> filters;  // from the coarsest level, one per level; of blocks, none
                                        // of the finest
    std::int64_t terms;                 // K of every convolution
    GraphLayer::Kind kind;
    WeightForm form = WeightForm::kPlain;
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
  std::optional<GraphLayer> last_;  // none behind blocks
};

}  // namespace fgcn
