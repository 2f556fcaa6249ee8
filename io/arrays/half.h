// Half precision (IEEE 754 binary16) to and from single precision, in integer arithmetic.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace fgcn::io {

/// The nearest half, ties to even; beyond 65504 (rounded) infinity, NaN stays NaN.
inline std::uint16_t half_from_float(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000u);
  const std::uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return static_cast<std::uint16_t>(sign | 0x7e00u);
  if (magnitude >= 0x477ff000u) return static_cast<std::uint16_t>(sign | 0x7c00u);  // >= 65520
  std::uint32_t kept = 0;
  std::uint32_t rest = 0;  // the bits cut off, to compare with half of the last kept place
  std::uint32_t tie = 0;
  if (magnitude >= 0x38800000u) {  // 2^-14: a normal half; the exponent's bias falls by 112
    kept = (magnitude - 0x38000000u) >> 13;
    rest = magnitude & 0x1fffu;
    tie = 0x1000u;
  } else {
    const int shift = 126 - static_cast<int>(magnitude >> 23);  // to units of 2^-24
    if (shift > 24) return sign;
    const std::uint32_t mantissa = (magnitude & 0x7fffffu) | 0x800000u;
    kept = mantissa >> shift;
    rest = mantissa & ((1u << shift) - 1u);
    tie = 1u << (shift - 1);
  }
  // A carry out of the mantissa runs into the exponent, which is what rounding up means there.
  if (rest > tie || (rest == tie && (kept & 1u) != 0)) ++kept;
  return static_cast<std::uint16_t>(sign | kept);
}

/// Exact.
inline float float_from_half(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1fu;
  const std::uint32_t mantissa = half & 0x3ffu;
  if (exponent == 0) {
    const float value = std::ldexp(static_cast<float>(mantissa), -24);
    return sign != 0 ? -value : value;
  }
  const std::uint32_t wide = exponent == 0x1fu ? 0x7f800000u : (exponent + 112u) << 23;
  return std::bit_cast<float>(sign | wide | (mantissa << 13));
}

}  // namespace fgcn::io
