// CUDA's words for a C++ compiler: what the .cu files of this project use, and no more. A word that
// is missing here is one that kernels avoid (docs/dev/emulator.md says which and why). FGCN_ACCESS:
// the build by clang in which every access of a kernel is reported (docs/results/kernel-report.md).
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "kernels/simt/block.h"

// NOLINTBEGIN: the names are CUDA's.
#define __global__
#define __device__
#define __host__
#ifdef FGCN_ACCESS
#define __forceinline__ inline __attribute__((always_inline))
// An atomic reports itself: its load and store are one access.
#define FGCN_SIMT_ATOMIC __attribute__((noinline, no_sanitize("thread")))
#define FGCN_SIMT_REPORT(address)                   \
  static_cast<void>(file), static_cast<void>(line), \
      ::fgcn::simt::report_atomic(address, sizeof *(address), __builtin_return_address(0))
#else
#define __forceinline__ inline
#define FGCN_SIMT_ATOMIC
#define FGCN_SIMT_REPORT(address) ::fgcn::simt::require_not_local(address, file, line)
#endif
/// The last parameters of a device function whose caller's line goes into messages (launch.h).
#define FGCN_CALLER , const char *file = __builtin_FILE(), int line = __builtin_LINE()
#define FGCN_PASS_CALLER , file, line
#define __launch_bounds__(...)
#define __constant__ static
// A section of its own, so that it can be filled with NaN before each block; not under
// AddressSanitizer, which would then not watch its bounds.
#if defined(__SANITIZE_ADDRESS__)
#define __shared__ static
#else
#define __shared__ static __attribute__((section("fgcn_shared")))
#endif

#define threadIdx (::fgcn::simt::place().thread)
#define blockIdx (::fgcn::simt::place().block)
#define blockDim (::fgcn::simt::place().block_size)
#define gridDim (::fgcn::simt::place().grid_size)

#define __syncthreads() ::fgcn::simt::barrier(__FILE__, __LINE__)
#define __syncwarp(...) ::fgcn::simt::meet_warp(__FILE__, __LINE__ __VA_OPT__(, ) __VA_ARGS__)
#define __ballot_sync(mask, predicate) \
  ::fgcn::simt::ballot(__FILE__, __LINE__, mask, (predicate) ? 1 : 0)
#define __any_sync(mask, predicate) (__ballot_sync(mask, predicate) != 0)
#define __all_sync(mask, predicate) (__ballot_sync(mask, predicate) == static_cast<unsigned>(mask))
#define __shfl_sync(...) \
  ::fgcn::simt::shuffle<::fgcn::simt::WarpOp::kShuffle>(__FILE__, __LINE__, __VA_ARGS__)
#define __shfl_up_sync(...) \
  ::fgcn::simt::shuffle<::fgcn::simt::WarpOp::kShuffleUp>(__FILE__, __LINE__, __VA_ARGS__)
#define __shfl_down_sync(...) \
  ::fgcn::simt::shuffle<::fgcn::simt::WarpOp::kShuffleDown>(__FILE__, __LINE__, __VA_ARGS__)
#define __shfl_xor_sync(...) \
  ::fgcn::simt::shuffle<::fgcn::simt::WarpOp::kShuffleXor>(__FILE__, __LINE__, __VA_ARGS__)

namespace fgcn::simt {

#ifdef FGCN_ACCESS
/// Defined with the recorder of accesses.
void report_atomic(const void* address, std::size_t bytes, const void* code);

/// A value of 4, 8 or 16 bytes by one load.
template <class V>
inline __attribute__((always_inline)) V load_whole(const void* from) {
  static_assert(std::is_trivially_copyable_v<V>);
  V out;
  if constexpr (sizeof(V) == 8 || sizeof(V) == 16) {
    using Raw __attribute__((ext_vector_type(sizeof(V) / 4), may_alias)) = unsigned;
    const Raw raw = *static_cast<const Raw*>(from);
    std::memcpy(&out, &raw, sizeof out);
  } else {
    out = *static_cast<const V*>(from);
  }
  return out;
}
#endif

inline void meet_warp(const char* file, int line, std::uint32_t mask = 0xffffffffu) {
  warp_exchange(WarpOp::kSync, mask, 0, 0, 32, file, line);
}
inline unsigned ballot(const char* file, int line, std::uint32_t mask, int predicate) {
  return static_cast<unsigned>(warp_exchange(
      WarpOp::kBallot, mask, static_cast<std::uint64_t>(predicate), 0, 32, file, line));
}
template <WarpOp kOp, class T>
T shuffle(const char* file, int line, std::uint32_t mask, T value, int lane, int width = 32) {
  static_assert(std::is_arithmetic_v<T> && sizeof(T) <= 8);
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  bits = warp_exchange(kOp, mask, bits, lane, width, file, line);
  std::memcpy(&value, &bits, sizeof value);
  return value;
}
/// taken[0 .. kCount) are given[0 .. kCount) of the lane whose number differs in `bit`: as many
/// shuffles in one meeting of the warp. All lanes take part.
template <int kCount, class T>
void swap_xor(const char* file, int line, const T* given, unsigned bit, T (&taken)[kCount]) {
  const Swap swap{given, taken, sizeof taken};
  warp_exchange(WarpOp::kSwapXor, 0xffffffffu, reinterpret_cast<std::uintptr_t>(&swap),
                static_cast<int>(bit), 32, file, line);
}

}  // namespace fgcn::simt

constexpr int warpSize = 32;

struct float3 {
  float x, y, z;
};
#ifdef FGCN_ACCESS
// Vectors to the compiler, or it would split their loads and stores, which nvcc does not.
using float2 = float __attribute__((ext_vector_type(2)));
using float4 = float __attribute__((ext_vector_type(4)));
using double2 = double __attribute__((ext_vector_type(2)));
using int2 = int __attribute__((ext_vector_type(2)));
using int4 = int __attribute__((ext_vector_type(4)));
using uint4 = unsigned __attribute__((ext_vector_type(4)));
#else
struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(16) double2 {
  double x, y;
};
struct alignas(8) int2 {
  int x, y;
};
struct alignas(16) int4 {
  int x, y, z, w;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
#endif
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float3 make_float3(float x, float y, float z) { return {x, y, z}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline double2 make_double2(double x, double y) { return {x, y}; }
inline int2 make_int2(int x, int y) { return {x, y}; }
inline int4 make_int4(int x, int y, int z, int w) { return {x, y, z, w}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

using std::max;
using std::min;

inline float rsqrtf(float x) { return 1.0f / std::sqrt(x); }
inline float __fdividef(float a, float b) { return a / b; }
inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
inline int __float_as_int(float x) { return std::bit_cast<int>(x); }
inline unsigned __float_as_uint(float x) { return std::bit_cast<unsigned>(x); }
inline float __int_as_float(int x) { return std::bit_cast<float>(x); }
inline float __uint_as_float(unsigned x) { return std::bit_cast<float>(x); }
inline int __popc(unsigned x) { return std::popcount(x); }
inline int __clz(int x) { return std::countl_zero(static_cast<unsigned>(x)); }
inline int __ffs(int x) { return x == 0 ? 0 : std::countr_zero(static_cast<unsigned>(x)) + 1; }
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<unsigned long long>((static_cast<Wide>(a) * b) >> 64);
}

// Words that are instructions for global memory. On a GPU one that is given an address of another
// space stops the kernel; here too. (The instrumented build looks at plain accesses only.)
#ifdef FGCN_ACCESS
#define FGCN_SIMT_GLOBAL(word) static_cast<void>(file), static_cast<void>(line)
#else
#define FGCN_SIMT_GLOBAL(word) ::fgcn::simt::require_global(address, word, file, line)
#endif
#define FGCN_SIMT_LOAD(word)                             \
  template <class T>                                     \
  __forceinline__ T word(const T* address FGCN_CALLER) { \
    FGCN_SIMT_GLOBAL(#word);                             \
    return *address;                                     \
  }
#define FGCN_SIMT_STORE(word)                                                        \
  template <class T>                                                                 \
  __forceinline__ void word(T* address, std::type_identity_t<T> value FGCN_CALLER) { \
    FGCN_SIMT_GLOBAL(#word);                                                         \
    *address = value;                                                                \
  }
FGCN_SIMT_LOAD(__ldg)
FGCN_SIMT_LOAD(__ldca)
FGCN_SIMT_LOAD(__ldcg)
FGCN_SIMT_LOAD(__ldcs)
FGCN_SIMT_LOAD(__ldcv)
FGCN_SIMT_LOAD(__ldlu)
FGCN_SIMT_STORE(__stcg)
FGCN_SIMT_STORE(__stcs)
FGCN_SIMT_STORE(__stwb)
FGCN_SIMT_STORE(__stwt)
inline void __threadfence() {}

// Whole numbers only: a sum of floats in the order of arrival is not repeatable.
template <class T>
FGCN_SIMT_ATOMIC T atomicAdd(T* address, std::type_identity_t<T> value FGCN_CALLER) {
  static_assert(std::is_integral_v<T>, "no float atomics: gather instead");
  FGCN_SIMT_REPORT(address);
  const T before = *address;
  *address = before + value;
  return before;
}
template <class T>
FGCN_SIMT_ATOMIC T atomicMin(T* address, std::type_identity_t<T> value FGCN_CALLER) {
  static_assert(std::is_integral_v<T>);
  FGCN_SIMT_REPORT(address);
  const T before = *address;
  if (value < before) *address = value;
  return before;
}
template <class T>
FGCN_SIMT_ATOMIC T atomicMax(T* address, std::type_identity_t<T> value FGCN_CALLER) {
  static_assert(std::is_integral_v<T>);
  FGCN_SIMT_REPORT(address);
  const T before = *address;
  if (value > before) *address = value;
  return before;
}
template <class T>
FGCN_SIMT_ATOMIC T atomicOr(T* address, std::type_identity_t<T> value FGCN_CALLER) {
  static_assert(std::is_integral_v<T>);
  FGCN_SIMT_REPORT(address);
  const T before = *address;
  *address = before | value;
  return before;
}
template <class T>
FGCN_SIMT_ATOMIC T atomicExch(T* address, std::type_identity_t<T> value FGCN_CALLER) {
  FGCN_SIMT_REPORT(address);
  const T before = *address;
  *address = value;
  return before;
}
template <class T>
FGCN_SIMT_ATOMIC T atomicCAS(T* address, std::type_identity_t<T> expected,
                             std::type_identity_t<T> value FGCN_CALLER) {
  static_assert(std::is_integral_v<T>);
  FGCN_SIMT_REPORT(address);
  const T before = *address;
  if (before == expected) *address = value;
  return before;
}
// NOLINTEND
