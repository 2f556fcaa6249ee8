// Elementwise functions of one argument: shared by CPU and GPU.
#pragma once

#include <cmath>
#include <cstdint>

#include "kernels/core/angles.h"
#include "kernels/unary/unary.h"

namespace fgcn::kernels {

/// exp(x) - 1 and exp(x) without a branch or a table, so that compilers make vectors of them:
/// x = n ln 2 + r, exp(r) - 1 by its Taylor polynomial (|r| <= 0.347, error below 2e-8 of it).
/// Below -87 the result is that of -87; above 88 infinity. NaN stays NaN.
/// Source: Tang, ACM TOMS 15(2), 1989, for the reduction in two parts of ln 2.
struct SplitExp {
  float scale;  // 2^n
  float part;   // exp(r) - 1

  FGCN_HD float exp() const { return scale + scale * part; }
  FGCN_HD float expm1() const { return scale * part + (scale - 1.0F); }
};

FGCN_HD SplitExp split_exp(float x) {
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer
  const float low = x < -87.0F ? -87.0F : x;
  const float bounded = low > 89.0F ? 89.0F : low;
  const float n = (bounded * 1.44269504F + kRound) - kRound;
  const float r = (bounded - n * 0.693145752F) - n * 1.42860677e-6F;
  float part = 1.98412698e-4F;
  part = part * r + 1.38888889e-3F;
  part = part * r + 8.33333333e-3F;
  part = part * r + 4.16666667e-2F;
  part = part * r + 1.66666667e-1F;
  part = part * r + 0.5F;
  part = part * r * r + r;
  // NaN has no integer part; the scale is then of no matter, as `part` is NaN.
  const auto exponent = static_cast<std::int32_t>(n != n ? 0.0F : n);
  return {__builtin_bit_cast(float, (exponent + 127) << 23), part};
}

FGCN_HD float exp_minus_one(float x) { return split_exp(x).expm1(); }
FGCN_HD float exponential(float x) { return split_exp(x).exp(); }
FGCN_HD double exp_minus_one(double x) { return std::expm1(x); }
FGCN_HD double exponential(double x) { return std::exp(x); }

FGCN_HD real sign(real x) { return x > 0 ? real(1) : (x < 0 ? real(-1) : real(0)); }
FGCN_HD real hyperbolic_tangent(real x) {
  const real t = exp_minus_one(real(-2) * std::abs(x));
  return std::copysign(-t / (t + real(2)), x);
}
/// x where x > 0, else exp(x) - 1, without a branch.
FGCN_HD real exponential_linear(real x) {
  const real negative = exp_minus_one(x);
  return x > 0 ? x : negative;
}
FGCN_HD real clamped(real x, real low, real high) {
  const real raised = x < low ? low : x;
  return raised > high ? high : raised;
}
/// log(1 + exp(x)): exp never overflows, and the small values of x << 0 keep their digits.
FGCN_HD real log_one_plus_exp(real x) {
  return (x > 0 ? x : real(0)) + std::log1p(exponential(-std::abs(x)));
}

/// A row's formulas; see unary_functions.h for their arguments.
template <Unary kF>
struct UnaryMath;

#define FGCN_UNARY_MATH(KIND, NAME, PARAMETERS, FROM, VALUE, DERIVATIVE, SECOND_DERIVATIVE)       \
  template <>                                                                                     \
  struct UnaryMath<Unary::KIND> {                                                                 \
    FGCN_HD static real value(real x, [[maybe_unused]] real p, [[maybe_unused]] real q) {         \
      return VALUE;                                                                               \
    }                                                                                             \
    FGCN_HD static real derivative([[maybe_unused]] real s, [[maybe_unused]] real p,              \
                                   [[maybe_unused]] real q) {                                     \
      return DERIVATIVE;                                                                          \
    }                                                                                             \
    template <class Ops>                                                                          \
    static typename Ops::Value second_derivative(const Ops& ops,                                  \
                                                 [[maybe_unused]] const typename Ops::Value& s) { \
      return SECOND_DERIVATIVE;                                                                   \
    }                                                                                             \
  };
FGCN_UNARY_FUNCTIONS(FGCN_UNARY_MATH)
#undef FGCN_UNARY_MATH

/// From a value to a type: runs Form<kind> for the function's kind.
template <template <Unary> class Form, class... Args>
void select_unary(const Context& ctx, const UnaryFunction& f, const Args&... args) {
  switch (f.kind) {
#define FGCN_UNARY_CASE(KIND, ...) \
  case Unary::KIND:                \
    return Form<Unary::KIND>::run(ctx, f, args...);
    FGCN_UNARY_FUNCTIONS(FGCN_UNARY_CASE)
#undef FGCN_UNARY_CASE
  }
}

}  // namespace fgcn::kernels
