// The table of elementwise functions of one argument. A row is all that a function needs:
// enumerator, name, kernels of every device, dispatch, and its taped operator ops::NAME to any
// order follow.
#pragma once

// clang-format off
/// FUNCTION(KIND, NAME, PARAMETERS, FROM, VALUE, DERIVATIVE, SECOND_DERIVATIVE)
///
///   KIND, NAME         enumerator of Unary; name of the taped operator and in messages
///   PARAMETERS         numbers p and q beside x: kNone, kNumber (p), kSlope (p >= 0), kBounds
///                      (p <= q)
///   FROM               argument s of the derivative: kInput (s = x), kOutput (s = y, so that x
///                      need not be kept), or kConstant (no s; the operator is linear in x)
///   VALUE              f(x), of x, p, q
///   DERIVATIVE         f', of s, p, q; at a kink that of the lower side (0 for abs, 1 at both ends
///                      of clamp)
///   SECOND_DERIVATIVE  d f' / ds, of s by taped operators (autograd/ops/unary.cpp); ops.zero() for
///                      what is piecewise linear
///
/// A new row goes last: kernels carry the enumerator's number in their names. Functions longer than
/// a line are in unary_math.h. A row that lacks a column does not compile.
#define FGCN_UNARY_FUNCTIONS(FUNCTION)                                                             \
  FUNCTION(kScale, scale, kNumber, kConstant, p * x, p, ops.zero())                                \
  FUNCTION(kAddScalar, add_scalar, kNumber, kConstant, x + p, real(1), ops.zero())                 \
  FUNCTION(kExp, exp, kNone, kOutput, exponential(x), s, ops.constant(1))                          \
  FUNCTION(kLog, log, kNone, kInput, std::log(x), real(1) / s,                                     \
           ops.neg(ops.square(ops.reciprocal(s))))                                                 \
  FUNCTION(kSqrt, sqrt, kNone, kOutput, std::sqrt(x), real(0.5) / s,                               \
           ops.scale(ops.square(ops.reciprocal(s)), -0.5))                                         \
  FUNCTION(kSquare, square, kNone, kInput, x * x, real(2) * s, ops.constant(2))                    \
  FUNCTION(kAbs, abs, kNone, kInput, std::abs(x), sign(s), ops.zero())                             \
  FUNCTION(kSin, sin, kNone, kInput, sine(x), cosine(s), ops.neg(ops.sin(s)))                      \
  FUNCTION(kCos, cos, kNone, kInput, cosine(x), -sine(s), ops.neg(ops.cos(s)))                     \
  FUNCTION(kTanh, tanh, kNone, kOutput, hyperbolic_tangent(x), real(1) - s * s, ops.scale(s, -2))  \
  FUNCTION(kSigmoid, sigmoid, kNone, kOutput, real(1) / (real(1) + exponential(-x)),               \
           s * (real(1) - s), ops.add_scalar(ops.scale(s, -2), 1))                                 \
  FUNCTION(kLeakyRelu, leaky_relu, kSlope, kOutput, x > 0 ? x : p * x, s > 0 ? real(1) : p,        \
           ops.zero())                                                                             \
  FUNCTION(kElu, elu, kNone, kOutput, exponential_linear(x), s > 0 ? real(1) : s + real(1),        \
           ops.one_where_not_positive(s))                                                          \
  FUNCTION(kClamp, clamp, kBounds, kInput, clamped(x, p, q),                                       \
           s >= p && s <= q ? real(1) : real(0), ops.zero())                                       \
  FUNCTION(kReciprocal, reciprocal, kNone, kOutput, real(1) / x, -s * s, ops.scale(s, -2))         \
  FUNCTION(kSoftplus, softplus, kNone, kOutput, log_one_plus_exp(x), -exp_minus_one(-s),           \
           ops.exp(ops.neg(s)))
// clang-format on
