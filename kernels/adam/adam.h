// One step of Adam, fused with what lies around it: L2 term, clipping of the norm, running mean.
#pragma once

#include <span>

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

/// Arrays that a step updates in place; all of the shape of w.
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

/// A tensor of a step.
struct AdamTensor {
  AdamState state;
  AdamGradient grad;
  double l2 = 0;  // adds l2 * w to the gradient: that of l2 / 2 |w|^2
};

/// Factors of a step, from its options, rounded once: in single precision 1 - 0.999 is off by 5e-5.
struct AdamFactors {
  real beta1, beta2;
  real rest1, rest2;  // 1 - beta
  real rate;          // learning rate with both bias corrections
  real epsilon;
  real keep, take;  // of the mean and of w for the running mean
};
/// Error when the step is below 1.
AdamFactors adam_factors(const AdamOptions& options);

/// Where a step finds and leaves what varies. All of it is device memory, so that no step waits for
/// the host and a recorded one (kernels/runtime/graph.h) can be done again with other factors.
struct AdamRecord {
  const AdamFactors* factors;  // [1]
  double* squares;             // [P] of the norms, one a tensor; overwritten
  real* scales;                // [P] what clipping multiplies the gradients by; overwritten
  std::int32_t* bad;           // [1] zero before the first step
};

/// For each of P tensors:
/// g = grad + l2 w;  g *= clip / max(clip, |g|);
/// m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;
/// w -= learning_rate sqrt(1 - b2^step) / (1 - b1^step) m / (sqrt(v) + epsilon);
/// mean = average mean + (1 - average) w.
///
///   clip_norm  0: gradients are not clipped
///
/// A norm that is not finite sets `bad` to the first such tensor's place, from 1. Nothing is
/// changed in that step and in all that follow, until the host sees it and sets it back.
///
/// Errors   fgcn::Error when shapes differ.
/// Repeat   bitwise for any number of threads: norms are summed in double, by fixed blocks.
/// Source   Kingma and Ba, ICLR 2015, in the order of operations at the end of its section 2 (where
///          epsilon stands beside the uncorrected root, as in TensorFlow).
void adam_step(const Context& ctx, double clip_norm, std::span<const AdamTensor> tensors,
               const AdamRecord& record);

/// A whole step of one tensor: waits for the device. Error also when the norm is not
/// finite.
void adam(const Context& ctx, const AdamOptions& options, const AdamState& state,
          const AdamGradient& grad);

/// |grad + l2 w|, without a look at w where l2 is 0; waits for the device. Errors and Repeat as
/// above.
double adam_norm(const Context& ctx, double l2, View<const real> w, const AdamGradient& grad);

// The backends' parts: the squares of the norms; scales and `bad`; the update.
FGCN_BACKENDS(void adam_squares(const Context& ctx, std::span<const AdamTensor> tensors,
                                double* squares))
FGCN_BACKENDS(void adam_scales(const Context& ctx, double clip_norm, std::int64_t count,
                               const AdamRecord& record))
FGCN_BACKENDS(void adam_update(const Context& ctx, std::span<const AdamTensor> tensors,
                               const AdamRecord& record))

}  // namespace fgcn::kernels
