// Taped elementwise functions of one argument (table: kernels/unary/unary_functions.h).
#pragma once

#include "autograd/tape.h"
#include "kernels/unary/unary.h"

namespace fgcn::ops {

// One operator a row, of any order: exp(x), scale(x, number), leaky_relu(x, slope),
// clamp(x, low, high), ... At a kink the derivative is that of one side; the second derivative of a
// piecewise linear function is zero.
#define FGCN_UNARY_TAKES_kNone (const Var& x)
#define FGCN_UNARY_TAKES_kNumber (const Var& x, double number)
#define FGCN_UNARY_TAKES_kSlope (const Var& x, double slope)
#define FGCN_UNARY_TAKES_kBounds (const Var& x, double low, double high)
#define FGCN_UNARY_OPERATOR(KIND, NAME, PARAMETERS, ...) Var NAME FGCN_UNARY_TAKES_##PARAMETERS;
FGCN_UNARY_FUNCTIONS(FGCN_UNARY_OPERATOR)
#undef FGCN_UNARY_OPERATOR

Var neg(const Var& x);
Var relu(const Var& x);

/// A row's function by its enumerator.
Var unary(const kernels::UnaryFunction& f, const Var& x);

/// Differentiation of a function: a row's, or that of a caller whose function is not in the table.
struct UnaryRule {
  using Function = kernels::UnaryFunction;

  const char* name;  // outlives the tape
  kernels::DerivativeFrom from;
  void (*value)(const Context& ctx, const Function& f, View<const real> x, View<real> y);
  /// grad_x = grad_y f'(s).
  void (*vjp)(const Context& ctx, const Function& f, View<const real> s, View<const real> grad_y,
              View<real> grad_x);
  /// f', where it is constant.
  real (*constant_derivative)(const Function& f) = nullptr;
  /// d f'(s) / ds by taped operators; an undefined Var means zero. A second derivative through a
  /// function without this rule throws fgcn::Error with the function's name.
  Var (*second_derivative)(const Var& s) = nullptr;
};
Var unary(const UnaryRule& rule, const kernels::UnaryFunction& f, const Var& x);

}  // namespace fgcn::ops
