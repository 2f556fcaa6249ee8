// The refined albedo from the outputs of decoder and refiner.
#pragma once

#include <optional>

#include "layers/cheb_conv.h"
#include "layers/mesh_hierarchy.h"

namespace fgcn {

/// tanh of a Chebyshev convolution of both; or, with a hidden layer, of {convolution, activation,
/// convolution} of both beside the refiner's input, so that a photo's detail need not pass through
/// three channels.
/// Source  Lin et al., CVPR 2020, section 3.2; the hidden layer is ours.
class Combiner {
 public:
  struct Size {
    std::int64_t hidden;  // channels; 0: no hidden layer, as in the original
    std::int64_t terms;   // K of every convolution
    Activation activation;
    WeightForm form = WeightForm::kPlain;
  };

  Combiner(const Context& ctx, const GraphHierarchy& hierarchy, const Size& size, Rng& rng);

  /// Two [V, N, 3] and [V, N, 7] -> [V, N, 3] in [-1, 1].
  Var operator()(const Var& decoded, const Var& refined, const Var& input) const;
  void add_to(std::vector<Parameter*>& parameters);

 private:
  std::optional<ActiveChebConv> hidden_;
  ChebConv out_;
};

}  // namespace fgcn
