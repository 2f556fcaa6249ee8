// Sine and cosine of angles in radians, without the table in a thread's own memory that CUDA's take
// for large ones. Shared by CPU and GPU.
#pragma once

#include <cmath>
#include <cstdint>

#include "kernels/core/real.h"

namespace fgcn {

namespace detail {

/// x = quadrant pi / 2 + rest, |rest| <= pi / 4 but for rounding; of the quadrant two bits count.
template <class T>
struct ReducedAngle {
  T rest;
  std::int32_t quadrant;
};

/// For every float, to the precision of double: the digits of 2 / pi that do not make whole turns,
/// 96 of them, times the digits of x, in whole numbers. NaN for what is not finite.
/// Source: Payne and Hanek, SIGNUM Newsletter 18(1), 1983.
FGCN_HD ReducedAngle<double> reduced_exactly(float x) {
  static constexpr std::uint32_t kDigits[] = {0x00000000, 0xA2F9836E, 0x4E441529, 0xFC2757D1,
                                              0xF534DDC0, 0xDB629599, 0x3C439041, 0xFE5163AB};
  const auto bits = __builtin_bit_cast(std::uint32_t, x);
  const std::int32_t exponent = static_cast<std::int32_t>(bits >> 23U & 255U) - 150;
  if (exponent < -30) return {static_cast<double>(x), 0};
  if (exponent == 105) return {static_cast<double>(x - x), 0};
  const std::uint64_t mantissa = (bits & 0x7FFFFFU) | 0x800000U;
  // Four quadrants are one unit: of the digits those before 2 / 2^exponent count whole turns.
  const std::int32_t first = exponent + 30;
  const std::uint32_t *from = kDigits + first / 32, shift = first % 32;
  const std::uint64_t high = static_cast<std::uint64_t>(from[0]) << 32U | from[1];
  const std::uint64_t low = static_cast<std::uint64_t>(from[2]) << 32U | from[3];
  const std::uint64_t upper = shift == 0 ? high : high << shift | low >> (64U - shift);
  const std::uint64_t turns = mantissa * upper + (mantissa * (low << shift >> 32U) >> 32U);
  const std::uint64_t quadrant = (turns + (std::uint64_t{1} << 61U)) >> 62U;
  const auto rest = static_cast<std::int64_t>(turns - (quadrant << 62U));
  constexpr double kQuarter = 1.57079632679489661923 / static_cast<double>(1ULL << 62U);
  const double angle = static_cast<double>(rest) * kQuarter;
  const auto whole = static_cast<std::int32_t>(quadrant);
  return x < 0 ? ReducedAngle<double>{-angle, -whole} : ReducedAngle<double>{angle, whole};
}

/// Reduces a float by three parts of pi / 2; the quadrant times each of the first two is exact.
/// Source: Cody and Waite, Software Manual for the Elementary Functions, 1980, chapter 8.
FGCN_HD ReducedAngle<float> reduced(float x) {
  if (!(std::abs(x) < 8192.0F)) {
    const ReducedAngle<double> exactly = reduced_exactly(x);
    return {static_cast<float>(exactly.rest), exactly.quadrant};
  }
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer
  const float quadrant = (x * 0.636619772F + kRound) - kRound;
  const float rest = ((x - quadrant * 1.5703125F) - quadrant * 4.837512969970703e-4F) -
                     quadrant * 7.549790126404332e-8F;
  return {rest, static_cast<std::int32_t>(quadrant)};
}

/// 1 - x^2 / (k (k - 1)) (1 - x^2 / ((k + 2) (k + 1)) (1 - ..)), the last with kLast: the Taylor
/// series of x's cosine from k = 2 on, of sin x / x from 3 on.
template <int k, int kLast, class T>
FGCN_HD T series(T square) {
  if constexpr (k > kLast) {
    return T(1);
  } else {
    return T(1) - square * T(1.0 / (k * (k - 1))) * series<k + 2, kLast>(square);
  }
}

/// The remainder of the series is below 3e-9 of the result for float, 1e-16 for double.
template <class T>
FGCN_HD T sine_of(const ReducedAngle<T>& angle) {
  constexpr int kLast = sizeof(T) == sizeof(float) ? 10 : 16;
  const T square = angle.rest * angle.rest;
  const T size =
      (angle.quadrant & 1) != 0 ? series<2, kLast>(square) : angle.rest * series<3, kLast>(square);
  return (angle.quadrant & 2) != 0 ? -size : size;
}
template <class T>
FGCN_HD T cosine_of(const ReducedAngle<T>& angle) {
  return sine_of<T>({angle.rest, angle.quadrant + 1});
}

}  // namespace detail

/// Off by less than 1.1e-7, for every float.
FGCN_HD float sine(float x) { return detail::sine_of(detail::reduced(x)); }
FGCN_HD float cosine(float x) { return detail::cosine_of(detail::reduced(x)); }
FGCN_HD double sine(double x) { return std::sin(x); }
FGCN_HD double cosine(double x) { return std::cos(x); }

template <class T>
struct SinCos {
  T sin, cos;
};

/// Both of one angle, to the precision of double whatever the angle's.
FGCN_HD SinCos<double> sin_cos(float x) {
  const detail::ReducedAngle<double> angle = detail::reduced_exactly(x);
  return {detail::sine_of(angle), detail::cosine_of(angle)};
}
FGCN_HD SinCos<double> sin_cos(double x) { return {std::sin(x), std::cos(x)}; }

}  // namespace fgcn
