// A layer of convolution over images.
#pragma once

#include <string>
#include <vector>

#include "autograd/tape.h"
#include "kernels/core/rng.h"

namespace fgcn {

struct Conv2dSizes {
  std::int64_t channels_in = 0;
  std::int64_t channels_out = 0;
  std::int64_t kernel = 3;  // pixels along both axes
  std::int64_t stride = 1;
  std::int64_t pad = 0;  // zeros on each side
};

/// Convolution of images with a bias,  y = x * W + b.
///
///   x  [N, H, W, C_in]
///   y  [N, OH, OW, C_out]  OH = (H + 2 pad - kernel) / stride + 1, rounded down
///
/// he_normal samples W, b starts at zero. Parameters `name`.weight [kernel, kernel, C_in,
/// C_out] and `name`.bias [C_out].
///
/// Errors   fgcn::Error when x has other channels or is smaller than the kernel.
/// Order    any.
class Conv2d {
 public:
  Conv2d(const Context& ctx, const std::string& name, const Conv2dSizes& sizes, Rng& rng);

  Var operator()(const Var& x) const;
  /// Takes another weight in place of W, such as W divided by its norm.
  Var operator()(const Var& x, const Var& weight) const;

  const Parameter& weight() const { return weight_; }
  std::vector<Parameter*> parameters() { return {&weight_, &bias_}; }

 private:
  Conv2dSizes sizes_;
  Parameter weight_;
  Parameter bias_;
};

}  // namespace fgcn
