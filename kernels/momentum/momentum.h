// One step of gradient descent with momentum, fused with the L2 term.
#pragma once

#include "kernels/core/dispatch.h"

namespace fgcn::kernels {

struct MomentumOptions {
  double learning_rate = 1e-3;
  double momentum = 0.9;
  double l2 = 0;  // adds l2 * w to the gradient: that of l2 / 2 |w|^2
};

/// v = momentum v + (grad + l2 w);  w -= learning_rate v.
///
///   w         updated in place
///   velocity  of the shape of w, zero before the first step; updated in place
///   grad      of the shape of w
///
/// Units    w's, whatever they are.
/// Errors   fgcn::Error when shapes differ.
/// Order    not taped: an optimiser's step.
/// Repeat   bitwise on every backend: one thread owns one element, no atomics.
/// Source   Polyak, 1964, in the form of TensorFlow's MomentumOptimizer without Nesterov's term:
///          the learning rate stands outside of the velocity.
void momentum(const Context& ctx, const MomentumOptions& options, View<real> w, View<real> velocity,
              View<const real> grad);

FGCN_BACKENDS(void momentum(const Context& ctx, const MomentumOptions& options, View<real> w,
                            View<real> velocity, View<const real> grad))

}  // namespace fgcn::kernels
