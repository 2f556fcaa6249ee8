// The CPU's vector register as a type: what the hand-blocked kernels are written in.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/core/real.h"

namespace fgcn::simd {

#if defined(__AVX512F__)
inline constexpr int kBytes = 64;
#elif defined(__AVX__)
inline constexpr int kBytes = 32;
#else
inline constexpr int kBytes = 16;
#endif

/// Elements in a register.
inline constexpr int kWidth = kBytes / static_cast<int>(sizeof(real));

// Both compilers give arithmetic on such a type, and a scalar operand is repeated.
using Vec = real __attribute__((vector_size(kBytes)));

/// Any alignment.
inline Vec load(const real* from) {
  Vec v;
  std::memcpy(&v, from, sizeof v);
  return v;
}
inline void store(real* to, Vec v) { std::memcpy(to, &v, sizeof v); }
// Minus zero changes no value and costs nothing; plus zero would, because of -0.
inline Vec splat(real value) { return value - Vec{}; }

}  // namespace fgcn::simd
