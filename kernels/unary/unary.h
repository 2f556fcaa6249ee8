// Elementwise functions of one argument, and the product of a cotangent with their derivative.
#pragma once

#include "kernels/core/dispatch.h"
#include "kernels/unary/unary_functions.h"

namespace fgcn::kernels {

/// kScale, kAddScalar, ...: the rows of the table.
enum class Unary {
#define FGCN_UNARY_ENUMERATOR(KIND, ...) KIND,
  FGCN_UNARY_FUNCTIONS(FGCN_UNARY_ENUMERATOR)
#undef FGCN_UNARY_ENUMERATOR
};

struct UnaryFunction {
  Unary kind;
  real p = 0;
  real q = 0;
};

/// Argument of a function's derivative.
enum class DerivativeFrom { kInput, kOutput, kConstant };
/// Numbers that a function takes beside x.
enum class UnaryParameters { kNone, kNumber, kSlope, kBounds };

/// A row's columns that are no formula.
struct UnaryEntry {
  const char* name;
  UnaryParameters parameters;
  DerivativeFrom derivative_from;
};
/// Error for a value that is no enumerator.
const UnaryEntry& unary_entry(Unary kind);
// A term of a sum cannot stand in parentheses.
// NOLINTBEGIN(bugprone-macro-parentheses)
inline constexpr int kUnaryFunctions = 0
#define FGCN_UNARY_ONE(...) +1
    FGCN_UNARY_FUNCTIONS(FGCN_UNARY_ONE);
#undef FGCN_UNARY_ONE
// NOLINTEND(bugprone-macro-parentheses)

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
///   s       f's output where the table says kOutput, else its input
///   grad_y  the same shape
///   grad_x  the same shape; may be the same memory as grad_y
///
/// Errors   fgcn::Error when the shapes differ.
/// Repeat   bitwise.
void unary_vjp(const Context& ctx, const UnaryFunction& f, View<const real> s,
               View<const real> grad_y, View<real> grad_x);

FGCN_BACKENDS(void unary_vjp(const Context& ctx, const UnaryFunction& f, View<const real> s,
                             View<const real> grad_y, View<real> grad_x))

}  // namespace fgcn::kernels
