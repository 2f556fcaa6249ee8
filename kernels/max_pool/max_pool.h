// The largest of each window of an image: forward, and the two linear maps that its gradients need.
#pragma once

#include "kernels/core/dispatch.h"

namespace fgcn::kernels {

struct MaxPoolOptions {
  std::int64_t window = 2;  // pixels along both axes
  std::int64_t stride = 2;
  std::int64_t pad = 0;  // on each side, less than the window; padding is never the largest
};

/// Pixels of the result along an axis of `size` pixels, windows that do not fit left out; Error
/// when none fits or the options make no sense.
std::int64_t max_pool_size(std::int64_t size, const MaxPoolOptions& options);

/// Largest value of each window, and where it was
///   y[n, h, w, c] = max_{i, j < window} x[n, h stride + i - pad, w stride + j - pad, c]
///
///   x      [N, H, W, C]  H * W < 2^31
///   y      [N, OH, OW, C]  overwritten, must not overlap x
///   place  [N, OH, OW, C]  overwritten: the pixel that was chosen, as row * W + column. Of equal
///          ones the first, row by row; a NaN is chosen before any number
///
/// Units    y carries those of x.
/// Errors   fgcn::Error when the shapes or the options do not fit together.
/// Order    any: with the places held, max_pool is max_pool_pick, which is linear in x.
/// Repeat   bitwise on every backend: a choice, no arithmetic.
void max_pool(const Context& ctx, const MaxPoolOptions& options, View<const real> x, View<real> y,
              View<std::int32_t> place);

FGCN_BACKENDS(void max_pool(const Context& ctx, const MaxPoolOptions& options, View<const real> x,
                            View<real> y, View<std::int32_t> place))

/// y[n, h, w, c] = x[n, place[n, h, w, c], c], the pixels of x counted row by row.
///
///   place  as max_pool wrote it for an image of x's shape: not checked
void max_pool_pick(const Context& ctx, View<const real> x, View<const std::int32_t> place,
                   View<real> y);

FGCN_BACKENDS(void max_pool_pick(const Context& ctx, View<const real> x,
                                 View<const std::int32_t> place, View<real> y))

/// The adjoint of max_pool_pick: each pixel takes the sum of grad_y over the windows that chose it.
///
///   place   as max_pool wrote it with these options for an image of grad_x's shape
///   grad_x  overwritten
///
/// Repeat   bitwise on every backend: a pixel asks the few windows that hold it, row by row, so
///          that nothing is added by two threads.
void max_pool_spread(const Context& ctx, const MaxPoolOptions& options, View<const real> grad_y,
                     View<const std::int32_t> place, View<real> grad_x);

FGCN_BACKENDS(void max_pool_spread(const Context& ctx, const MaxPoolOptions& options,
                                   View<const real> grad_y, View<const std::int32_t> place,
                                   View<real> grad_x))

}  // namespace fgcn::kernels
