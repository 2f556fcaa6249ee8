// One step of Adam, fused with what comes before it: L2 term and clipping of the norm.
#pragma once

#include "kernels/core/dispatch.h"

namespace fgcn::kernels {

/// The defaults are the original training's, learning rate apart.
struct AdamOptions {
  double learning_rate = 1e-4;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double clip_norm = 5;   // of this tensor's gradient, L2 term included; 0: not clipped
  double l2 = 0;          // adds l2 * w to the gradient: that of l2 / 2 |w|^2
  std::int64_t step = 1;  // of this update, from 1
};

/// g = grad + l2 w;  g *= clip / max(clip, |g|);
/// m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;
/// w -= learning_rate sqrt(1 - b2^step) / (1 - b1^step) m / (sqrt(v) + epsilon).
///
///   w, m, v  any shape, the same; updated in place
///   grad     of that shape
///
/// Errors   fgcn::Error when the shapes differ, step < 1, or the norm is not finite.
/// Repeat   bitwise for any number of threads: the norm is summed in double, by fixed blocks.
/// Source   Kingma and Ba, ICLR 2015, in the order of operations at the end of its section 2 (where
///          epsilon stands beside the uncorrected root, as in TensorFlow).
void adam(const Context& ctx, const AdamOptions& options, View<real> w, View<real> m, View<real> v,
          View<const real> grad);

/// The same for the weights of a fully connected layer, whose gradient  x^T grad_y  is of rank N
/// and is never stored: its norm comes from two N x N Gram matrices, its elements from N products
/// each as they are needed.
///
///   w, m, v  [I, O]; updated in place
///   x        [N, I]  what the layer saw
///   grad_y   [N, O]  the cotangent of x w
///
/// Errors   as above. N is at most 64.
/// Repeat   as above.
void adam_low_rank(const Context& ctx, const AdamOptions& options, View<real> w, View<real> m,
                   View<real> v, View<const real> x, View<const real> grad_y);

/// What a kernel needs of the options once the norm is known.
struct AdamFactors {
  real scale;  // of the gradient, by clipping
  real l2;
  real beta1, beta2;
  real rest1, rest2;  // 1 - beta, rounded once: in single precision 1 - 0.999 is off by 5e-5
  real rate;          // learning rate with both bias corrections
  real epsilon;
};
AdamFactors adam_factors(const AdamOptions& options, double norm);

inline constexpr std::int64_t kMostRank = 64;

// The backends' parts: the sum of squares of grad + l2 w, and the update.
FGCN_BACKENDS(void adam_square(const Context& ctx, double l2, View<const real> w,
                               View<const real> grad, double* square))
FGCN_BACKENDS(void adam_update(const Context& ctx, const AdamFactors& factors, View<real> w,
                               View<real> m, View<real> v, View<const real> grad))
FGCN_BACKENDS(void adam_low_rank_square(const Context& ctx, double l2, View<const real> w,
                                        View<const real> x, View<const real> grad_y,
                                        double* square))
FGCN_BACKENDS(void adam_low_rank_update(const Context& ctx, const AdamFactors& factors,
                                        View<real> w, View<real> m, View<real> v,
                                        View<const real> x, View<const real> grad_y))

}  // namespace fgcn::kernels
