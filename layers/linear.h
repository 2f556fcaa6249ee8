// A fully connected layer.
#pragma once

#include <string>
#include <vector>

#include "autograd/tape.h"
#include "kernels/core/rng.h"

namespace fgcn {

/// Normal numbers of variance 2 / fan_in, sampled in order.
/// Source: He et al., ICCV 2015, equation 10.
Tensor he_normal(const Context& ctx, const Shape& shape, std::int64_t fan_in, Rng& rng);

/// Fully connected layer  y = x W + b.
///
///   x  [.., C_in]
///   y  [.., C_out]
///
/// he_normal samples W, b starts at zero. Parameters `name`.weight [C_in, C_out] and
/// `name`.bias [C_out].
///
/// Errors   fgcn::Error when x's last axis is not C_in.
/// Order    any.
class Linear {
 public:
  Linear(const Context& ctx, const std::string& name, std::int64_t channels_in,
         std::int64_t channels_out, Rng& rng);

  Var operator()(const Var& x) const;
  std::vector<Parameter*> parameters() { return {&weight_, &bias_}; }

 private:
  Parameter weight_;  // [C_in, C_out]
  Parameter bias_;    // [C_out]
};

}  // namespace fgcn
