// The fine albedo from what decoder and refiner say.
#pragma once

#include "layers/cheb_conv.h"
#include "layers/mesh_hierarchy.h"

namespace fgcn {

/// tanh of a Chebyshev convolution of both.
/// Source  Lin et al., CVPR 2020, section 3.2.
class Combiner {
 public:
  Combiner(const Context& ctx, const GraphHierarchy& hierarchy, std::int64_t terms, Rng& rng);

  /// Two [V, N, 3] -> [V, N, 3] in [-1, 1].
  Var operator()(const Var& decoded, const Var& refined) const;
  void add_to(std::vector<Parameter*>& parameters) { conv_.add_to(parameters); }

 private:
  ChebConv conv_;
};

}  // namespace fgcn
