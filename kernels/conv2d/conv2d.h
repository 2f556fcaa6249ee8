// Convolution of images: forward, and its adjoints by the input and by the weight.
#pragma once

#include "kernels/core/dispatch.h"

namespace fgcn::kernels {

struct Conv2dOptions {
  std::int64_t stride = 1;
  std::int64_t pad = 0;  // zeros on each side
};

/// Pixels of the result along an axis of `size` pixels; Error when the kernel does not fit.
std::int64_t conv2d_size(std::int64_t size, std::int64_t kernel, const Conv2dOptions& options);

/// Convolution (as networks use the word: no flip)
///   y[n, h, w, d] = sum_{i, j, c} x[n, h stride + i - pad, w stride + j - pad, c] weight[i, j, c,
///   d]
///
///   x       [N, H, W, C_in]
///   weight  [KH, KW, C_in, C_out]
///   y       [N, OH, OW, C_out]  overwritten, must not overlap the others
///
/// Errors   fgcn::Error when the shapes or the options do not fit together.
/// Order    any: the three functions here are closed under differentiation.
/// Repeat   bitwise for any number of threads. CUDA: cuDNN in float32 by algorithms that sum in a
///          fixed order, the same bits on one kind of GPU and one version of the library; or own
///          kernels, whose order depends on the shapes only. Which of the two is found out at the
///          first call of a shape and kept for the context (conv2d_vendor.h).
/// Source   Chellapilla et al., IWFHR 2006, for the product with rows of patches; Chetlur et al.,
///          arXiv 1410.0759, for doing without those rows in memory.
void conv2d(const Context& ctx, const Conv2dOptions& options, View<const real> x,
            View<const real> weight, View<real> y);

FGCN_BACKENDS(void conv2d(const Context& ctx, const Conv2dOptions& options, View<const real> x,
                          View<const real> weight, View<real> y))

/// The adjoint by the input: grad_x, of the shape of x, from grad_y, of the shape of y.
void conv2d_input(const Context& ctx, const Conv2dOptions& options, View<const real> grad_y,
                  View<const real> weight, View<real> grad_x);

FGCN_BACKENDS(void conv2d_input(const Context& ctx, const Conv2dOptions& options,
                                View<const real> grad_y, View<const real> weight,
                                View<real> grad_x))

/// The adjoint by the weight: grad_weight from x and grad_y.
void conv2d_weight(const Context& ctx, const Conv2dOptions& options, View<const real> x,
                   View<const real> grad_y, View<real> grad_weight);

FGCN_BACKENDS(void conv2d_weight(const Context& ctx, const Conv2dOptions& options,
                                 View<const real> x, View<const real> grad_y,
                                 View<real> grad_weight))

}  // namespace fgcn::kernels
