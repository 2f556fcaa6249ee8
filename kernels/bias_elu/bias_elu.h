// Bias and exponential linear unit.
#pragma once

#include "kernels/core/dispatch.h"

namespace fgcn::kernels {

/// y = elu(x + b),  elu(t) = t for t > 0 and e^t - 1 otherwise.
///
///   x  [..., C]
///   b  [C]
///   y  [..., C]  may be the same memory as x
///
/// Errors   fgcn::Error when the shapes do not fit together.
/// Repeat   bitwise: one thread owns one y element.
/// Source   Clevert, Unterthiner, Hochreiter, ICLR 2016.
void bias_elu(const Context& ctx, View<const real> x, View<const real> b, View<real> y);

FGCN_BACKENDS(void bias_elu(const Context& ctx, View<const real> x, View<const real> b,
                            View<real> y))

/// The adjoint, from the output alone:  grad_x = grad_y (1 + min(y, 0)),  grad_b = its sum over
/// all but the last axis.
///
///   y, grad_y, grad_x  [..., C]; grad_x may be the same memory as grad_y
///   grad_b             [C]
///
/// Repeat   bitwise for any number of threads: fixed blocks, accumulated in double, in order.
void bias_elu_backward(const Context& ctx, View<const real> y, View<const real> grad_y,
                       View<real> grad_x, View<real> grad_b);

FGCN_BACKENDS(void bias_elu_backward(const Context& ctx, View<const real> y,
                                     View<const real> grad_y, View<real> grad_x, View<real> grad_b))

}  // namespace fgcn::kernels
