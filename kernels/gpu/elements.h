// Shared by kernels that move elements: 16-byte pieces, and walking arrays by strides. Included by
// .cu files.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/core/view.h"
#include "kernels/gpu/divider.h"
#include "kernels/runtime/launch.h"

namespace fgcn {

/// Neighbours that move as one: kLanes of them take one 16-byte access.
template <int kN, class T = real>
struct alignas(kN * sizeof(T)) Lanes {
  T of[kN];
};
constexpr int kLanes = 16 / sizeof(real);

template <int kN, class T>
__device__ __forceinline__ Lanes<kN, T> load(const T* from) {
#ifdef FGCN_ACCESS
  return simt::load_whole<Lanes<kN, T>>(from);  // nvcc makes it one load, clang would not
#else
  return *reinterpret_cast<const Lanes<kN, T>*>(from);
#endif
}
/// One element kN times where the step between neighbours is 0 (else 1).
template <int kN>
__device__ __forceinline__ Lanes<kN> load_or_repeat(const real* from, std::int64_t step) {
  if (step != 0) return load<kN>(from);
  Lanes<kN> out;
  for (int k = 0; k < kN; ++k) out.of[k] = *from;
  return out;
}
// To global memory only: CUDA's word for the usual store is an instruction for global addresses,
// and one that is given a shared address stops the kernel. By that word, because nvcc splits an
// assignment of four into four stores. The caller's line goes into the emulator's messages.
__device__ __forceinline__ void store(float* to, const Lanes<4, float>& v FGCN_CALLER) {
  __stwb(reinterpret_cast<float4*>(to),
         make_float4(v.of[0], v.of[1], v.of[2], v.of[3]) FGCN_PASS_CALLER);
}
__device__ __forceinline__ void store(double* to, const Lanes<2, double>& v FGCN_CALLER) {
  __stwb(reinterpret_cast<double2*>(to), make_double2(v.of[0], v.of[1]) FGCN_PASS_CALLER);
}
__device__ __forceinline__ void store(real* to, const Lanes<1>& v) { *to = v.of[0]; }
__device__ __forceinline__ void store(std::int32_t* to,
                                      const Lanes<4, std::int32_t>& v FGCN_CALLER) {
  __stwb(reinterpret_cast<int4*>(to),
         make_int4(v.of[0], v.of[1], v.of[2], v.of[3]) FGCN_PASS_CALLER);
}
__device__ __forceinline__ void store(std::int32_t* to, const Lanes<1, std::int32_t>& v) {
  *to = v.of[0];
}
/// To shared memory, in one access.
__device__ __forceinline__ void store_shared(float* to, const Lanes<4, float>& v) {
  *reinterpret_cast<float4*>(to) = make_float4(v.of[0], v.of[1], v.of[2], v.of[3]);
}

/// True when an array may be read in 16-byte pieces from its start.
inline bool in_pieces(const void* data) { return reinterpret_cast<std::uintptr_t>(data) % 16 == 0; }
/// True when every one of some sizes and strides is a whole number of pieces.
template <class... Sizes>
bool whole_pieces(Sizes... sizes) {
  return ((sizes % kLanes == 0) && ...);
}

/// The running thread of a one-dimensional grid.
__device__ __forceinline__ std::int64_t thread_number() {
  return static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}

/// Axes, counted row-major, with their strides in kCount arrays.
template <int kCount, int kMost = Shape::kMaxRank>
class StridedAxes {
 public:
  /// Offsets in the arrays.
  struct Offsets {
    std::int64_t in[kCount] = {};
  };

  /// Adds an axis inside of those so far.
  void add(std::int64_t size, const std::int64_t (&strides)[kCount]) {
    FGCN_CHECK(rank_ < kMost, "strided axes: more than ", kMost);
    size_[rank_] = Divider(size);
    for (int k = 0; k < kCount; ++k) stride_[k][rank_] = strides[k];
    ++rank_;
  }

  /// Offsets of element i.
  __device__ __forceinline__ Offsets at(std::int64_t i) const {
    Offsets out;
#pragma unroll
    for (int axis = kMost - 1; axis > 0; --axis) {
      if (axis >= rank_) continue;
      const Split place = size_[axis].split(i);
      for (int k = 0; k < kCount; ++k) out.in[k] += place.remainder * stride_[k][axis];
      i = place.quotient;
    }
    for (int k = 0; k < kCount; ++k) out.in[k] += i * stride_[k][0];
    return out;
  }

 private:
  Divider size_[kMost];
  std::int64_t stride_[kCount][kMost] = {};
  int rank_ = 0;
};

}  // namespace fgcn
