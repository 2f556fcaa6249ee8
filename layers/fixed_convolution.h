// A convolution whose weights are fixed, as networks that a user brings have them.
#pragma once

#include "autograd/tape.h"
#include "layers/named_weights.h"

namespace fgcn {

/// y = after(x * W + b), W and b constants on the tape.
///
///   x  [N, H, W, C_in]
///   y  [N, OH, OW, C_out]
///
/// Errors   fgcn::Error when x has other channels or is smaller than the kernel.
/// Order    any.
class FixedConvolution {
 public:
  enum class After { kNothing, kRelu };
  struct Options {
    std::int64_t stride = 1;
    std::int64_t pad_rows = 0;  // zeros above and below
    std::int64_t pad_columns = 0;
    After after = After::kRelu;
  };

  FixedConvolution(const Context& ctx, const FoldedConvolution& folded, const Options& options);

  Var operator()(const Var& x) const;

  /// Multiplications and additions for one output pixel.
  double flops_a_pixel() const { return 2 * static_cast<double>(weight_.size()); }

 private:
  Options options_;
  Tensor weight_;  // [rows, columns, C_in, C_out]
  Tensor bias_;    // [C_out]
};

/// after(a + b), b of a's shape or repeated to it. In the memory of `a` where nothing is
/// differentiated and the caller gives the only handle away.
Var sum_of(Var a, const Var& b, FixedConvolution::After after);

/// Means over all pixels: [N, H, W, C] -> [N, C].
Var mean_over_pixels(const Var& x);

}  // namespace fgcn
