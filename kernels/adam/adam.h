// One step of Adam, fused with what lies around it: L2 term, clipping of the norm, running mean.
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
  double average = 0;     // decay of the running mean in this step, where one is kept
  std::int64_t step = 1;  // of this update, from 1
};

/// What a step updates in place; all of the shape of w.
struct AdamState {
  View<real> w;
  View<real> m, v;       // moments, zero at first
  View<real> mean = {};  // running mean of w; none by default
};

/// The gradient of w: stored, or that of a fully connected layer's weights,  x^T grad_y,  which is
/// of rank N and then never stored: its norm comes from two N x N Gram matrices, its elements from
/// N products each as they are needed.
struct AdamGradient {
  View<const real> stored = {};  // of the shape of w
  View<const real> x = {};       // [N, I]  what the layer saw, for w [I, O]; N is at most kMostRank
  View<const real> grad_y = {};  // [N, O]  the cotangent of x w

  FGCN_HD bool low_rank() const { return x.shape.rank != 0; }
};

inline constexpr std::int64_t kMostRank = 64;

/// |grad + l2 w|.
///
/// Errors   fgcn::Error when the shapes differ.
/// Repeat   bitwise for any number of threads: summed in double, by fixed blocks.
double adam_norm(const Context& ctx, double l2, View<const real> w, const AdamGradient& grad);

/// g = grad + l2 w;  g *= clip / max(clip, norm);
/// m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;
/// w -= learning_rate sqrt(1 - b2^step) / (1 - b1^step) m / (sqrt(v) + epsilon);
/// mean = average mean + (1 - average) w.
///
///   norm  what adam_norm gives
///
/// Errors   fgcn::Error when the shapes differ, step < 1, or the norm is not finite.
/// Repeat   as above.
/// Source   Kingma and Ba, ICLR 2015, in the order of operations at the end of its section 2 (where
///          epsilon stands beside the uncorrected root, as in TensorFlow).
void adam(const Context& ctx, const AdamOptions& options, const AdamState& state,
          const AdamGradient& grad, double norm);
/// The same with the norm that it needs.
void adam(const Context& ctx, const AdamOptions& options, const AdamState& state,
          const AdamGradient& grad);

/// What a kernel needs of the options once the norm is known.
struct AdamFactors {
  real scale;  // of the gradient, by clipping
  real l2;
  real beta1, beta2;
  real rest1, rest2;  // 1 - beta, rounded once: in single precision 1 - 0.999 is off by 5e-5
  real rate;          // learning rate with both bias corrections
  real epsilon;
  real keep, take;  // of the mean and of w for the running mean
};
AdamFactors adam_factors(const AdamOptions& options, double norm);

// The backends' parts: the square of the norm, and the update.
FGCN_BACKENDS(void adam_square(const Context& ctx, double l2, View<const real> w,
                               const AdamGradient& grad, double* square))
FGCN_BACKENDS(void adam_update(const Context& ctx, const AdamFactors& factors,
                               const AdamState& state, const AdamGradient& grad))

}  // namespace fgcn::kernels
