// A fully connected layer with ReLU.
#pragma once

#include <string>

#include "layers/linear.h"

namespace fgcn {

/// y = max(x W + b, 0) for x [N, in].
///
///   weight  [in, out], He normal
///   bias    [out], zero at first
///
/// Order  any.
class FullyConnected {
 public:
  FullyConnected(const Context& ctx, const std::string& name, std::int64_t in, std::int64_t out,
                 Rng& rng, WeightForm form = WeightForm::kPlain);

  Var operator()(const Var& x) const;
  void add_to(std::vector<Parameter*>& parameters);

 private:
  std::string name_;
  Linear linear_;
};

/// Features as the rows of a matrix and back: [V, N, C] <-> [N, V * C].
Var flattened(const Var& x);
Var unflattened(const Var& x, std::int64_t vertices);

}  // namespace fgcn
