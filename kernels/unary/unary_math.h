// What CPU and GPU share of the elementwise functions of one argument.
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

template <Unary kF>
FGCN_HD real apply(real x, real p, real q) {
  if constexpr (kF == Unary::kScale) return p * x;
  if constexpr (kF == Unary::kAddScalar) return x + p;
  if constexpr (kF == Unary::kExp) return exponential(x);
  if constexpr (kF == Unary::kLog) return std::log(x);
  if constexpr (kF == Unary::kSqrt) return std::sqrt(x);
  if constexpr (kF == Unary::kSquare) return x * x;
  if constexpr (kF == Unary::kAbs) return std::abs(x);
  if constexpr (kF == Unary::kSin) return sine(x);
  if constexpr (kF == Unary::kCos) return cosine(x);
  if constexpr (kF == Unary::kTanh) {
    const real t = exp_minus_one(real(-2) * std::abs(x));
    return std::copysign(-t / (t + real(2)), x);
  }
  if constexpr (kF == Unary::kSigmoid) return real(1) / (real(1) + exponential(-x));
  if constexpr (kF == Unary::kLeakyRelu) return x > 0 ? x : p * x;
  if constexpr (kF == Unary::kElu) {
    const real negative = exp_minus_one(x);
    return x > 0 ? x : negative;
  }
  if constexpr (kF == Unary::kClamp) {
    const real low = x < p ? p : x;
    return low > q ? q : low;
  }
  if constexpr (kF == Unary::kReciprocal) return real(1) / x;
}

/// f' from the output or the input, as derivative_from_output() says.
template <Unary kF>
FGCN_HD real slope(real s, real p, real q) {
  if constexpr (kF == Unary::kScale) return p;
  if constexpr (kF == Unary::kAddScalar) return real(1);
  if constexpr (kF == Unary::kExp) return s;
  if constexpr (kF == Unary::kLog) return real(1) / s;
  if constexpr (kF == Unary::kSqrt) return real(0.5) / s;
  if constexpr (kF == Unary::kSquare) return real(2) * s;
  if constexpr (kF == Unary::kAbs) return s > 0 ? real(1) : (s < 0 ? real(-1) : real(0));
  if constexpr (kF == Unary::kSin) return cosine(s);
  if constexpr (kF == Unary::kCos) return -sine(s);
  if constexpr (kF == Unary::kTanh) return real(1) - s * s;
  if constexpr (kF == Unary::kSigmoid) return s * (real(1) - s);
  if constexpr (kF == Unary::kLeakyRelu) return s > 0 ? real(1) : p;
  if constexpr (kF == Unary::kElu) return s > 0 ? real(1) : s + real(1);
  if constexpr (kF == Unary::kClamp) return s >= p && s <= q ? real(1) : real(0);
  if constexpr (kF == Unary::kReciprocal) return -s * s;
}

}  // namespace fgcn::kernels
