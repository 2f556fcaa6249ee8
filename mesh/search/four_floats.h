// Four numbers at once, as every compiler here can: SSE2 on x86, plain vectors elsewhere.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace fgcn::mesh {

using FourFloats = float __attribute__((vector_size(16)));

/// The margin around boxes that a ray is tested with: some hundred roundings of numbers up to 8.
inline constexpr double kPadding = 0x1p-17;

inline FourFloats all_four(float x) { return FourFloats{x, x, x, x}; }

#ifdef __SSE2__
inline FourFloats larger(FourFloats a, FourFloats b) { return FourFloats(_mm_max_ps(a, b)); }
inline FourFloats smaller(FourFloats a, FourFloats b) { return FourFloats(_mm_min_ps(a, b)); }
/// Bit k: a[k] > b[k].
inline unsigned lanes_above(FourFloats a, FourFloats b) {
  return static_cast<unsigned>(_mm_movemask_ps(_mm_cmpgt_ps(a, b)));
}
#else
inline FourFloats larger(FourFloats a, FourFloats b) { return a > b ? a : b; }
inline FourFloats smaller(FourFloats a, FourFloats b) { return a < b ? a : b; }
/// Bit k: a[k] > b[k].
inline unsigned lanes_above(FourFloats a, FourFloats b) {
  unsigned out = 0;
  for (int k = 0; k < 4; ++k) out |= a[k] > b[k] ? 1U << k : 0U;
  return out;
}
#endif

/// A float below x, or above: of numbers beyond the range of float the last float or infinity.
inline float float_below(double x) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  return std::nextafter(static_cast<float>(x), -kInfinity);
}
inline float float_above(double x) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  return std::nextafter(static_cast<float>(x), kInfinity);
}

}  // namespace fgcn::mesh
