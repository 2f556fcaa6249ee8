// Elementwise functions of one argument, and the product of a cotangent with their slope.
#pragma once

#include "kernels/core/dispatch.h"

namespace fgcn::kernels {

/// Parameters p and q are those of UnaryFunction.
enum class Unary {
  kScale,       // p x
  kAddScalar,   // x + p
  kExp,         //
  kLog,         //
  kSqrt,        //
  kSquare,      //
  kAbs,         //
  kSin,         //
  kCos,         //
  kTanh,        //
  kSigmoid,     // 1 / (1 + exp(-x))
  kLeakyRelu,   // x where x > 0, else p x; p >= 0. Relu is p = 0
  kElu,         // x where x > 0, else exp(x) - 1
  kClamp,       // min(max(x, p), q)
  kReciprocal,  // 1 / x
};

struct UnaryFunction {
  Unary kind;
  real p = 0;
  real q = 0;
};

/// True when the slope is computed from the output y (else from the input x).
bool derivative_from_output(Unary kind);

/// Elementwise  y = f(x).
///
///   x  any shape
///   y  the same shape; may be the same memory
///
/// Units    those of the function. Angles in radians.
/// Errors   fgcn::Error when the shapes differ or a parameter is out of range. NaN stays NaN.
/// Repeat   bitwise: one thread owns one y element.
void unary(const Context& ctx, const UnaryFunction& f, View<const real> x, View<real> y);

FGCN_BACKENDS(void unary(const Context& ctx, const UnaryFunction& f, View<const real> x,
                         View<real> y))

/// Elementwise  grad_x = grad_y f'(s), one pass.
///
///   s       f's output where derivative_from_output(f.kind), else its input
///   grad_y  the same shape
///   grad_x  the same shape; may be the same memory as grad_y
///
/// At a kink the slope is that of the lower side (0 for abs, 1 for both ends of clamp).
/// Errors   fgcn::Error when the shapes differ.
/// Repeat   bitwise.
void unary_vjp(const Context& ctx, const UnaryFunction& f, View<const real> s,
               View<const real> grad_y, View<real> grad_x);

FGCN_BACKENDS(void unary_vjp(const Context& ctx, const UnaryFunction& f, View<const real> s,
                             View<const real> grad_y, View<real> grad_x))

}  // namespace fgcn::kernels
