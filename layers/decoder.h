// From an identity embedding to features on the mesh.
#pragma once

#include <vector>

#include "layers/cheb_conv.h"
#include "layers/fully_connected.h"
#include "layers/mesh_hierarchy.h"

namespace fgcn {

/// Fully connected to filters[0] features a coarsest vertex; on every level up {un-pool,
/// Chebyshev convolution, bias, ELU}; convolution to 3 channels, bias, ELU.
/// Source  Lin et al., CVPR 2020, section 3.2.
class Decoder {
 public:
  struct Size {
    std::int64_t embedding;
    std::vector<std::int64_t> filters;  // from the coarsest level, one a level
    std::int64_t terms;                 // K of every convolution
  };

  Decoder(const Context& ctx, const GraphHierarchy& hierarchy, const Size& size, Rng& rng);

  /// [N, E] -> [V, N, 3]
  Var operator()(const Var& embedding) const;
  void add_to(std::vector<Parameter*>& parameters);

 private:
  std::vector<SparseOperator> unpool_;  // from the coarsest
  std::int64_t coarsest_;               // vertices
  FullyConnected first_;
  std::vector<ChebConvElu> up_;
  ChebConvElu last_;
};

}  // namespace fgcn
