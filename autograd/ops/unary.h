// Taped elementwise functions of one argument (kernels/unary/unary.h).
#pragma once

#include "autograd/tape.h"

namespace fgcn::ops {

/// Order: any, all of them. At a kink the slope is one of the two sides' (kernels/unary/unary.h);
/// the second derivative of what is piecewise linear is zero.
Var neg(const Var& x);
Var scale(const Var& x, double a);
Var add_scalar(const Var& x, double a);
Var exp(const Var& x);
Var log(const Var& x);
Var sqrt(const Var& x);
Var square(const Var& x);
Var abs(const Var& x);
Var sin(const Var& x);
Var cos(const Var& x);
Var tanh(const Var& x);
Var sigmoid(const Var& x);
Var relu(const Var& x);
Var leaky_relu(const Var& x, double slope);
Var elu(const Var& x);
/// min(max(x, low), high)
Var clamp(const Var& x, double low, double high);
Var reciprocal(const Var& x);

}  // namespace fgcn::ops
