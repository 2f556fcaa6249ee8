// Several sums over the threads of a block at once, in a fixed order. Included by .cu files.
#pragma once

#include <cstdint>

#include "kernels/runtime/launch.h"

namespace fgcn {

/// Threads of a block that sums.
constexpr unsigned kBlockSumThreads = 256;

namespace detail {

/// kCount numbers per lane become kCount / 2, of the same sums: lanes whose number differs in `bit`
/// share them out. Halving takes kCount exchanges in all where a sum at a time takes five each.
template <int kCount>
__device__ __forceinline__ double sum_over_warp(double* value, unsigned bit) {
  constexpr unsigned kAll = 0xffffffffu;
  const bool upper = (threadIdx.x & bit) != 0;
#pragma unroll
  for (int k = 0; k < kCount / 2; ++k) {
    const double low = value[k], high = value[kCount / 2 + k];
    value[k] = (upper ? high : low) + __shfl_xor_sync(kAll, upper ? low : high, bit);
  }
  if constexpr (kCount > 2) {
    return sum_over_warp<kCount / 2>(value, bit / 2);
  } else {
    for (bit /= 2; bit > 0; bit /= 2) value[0] += __shfl_xor_sync(kAll, value[0], bit);
    return value[0];
  }
}

}  // namespace detail

/// Room that the sums below take in shared memory.
constexpr int block_sums_room(int count) { return static_cast<int>(kBlockSumThreads) / 32 * count; }

/// Sums value[0 .. kCount) over the block's threads, all of which call it: thread k < kCount gets
/// the sum of value[k]. `room` is [block_sums_room(kCount)] in shared memory.
template <int kCount>
__device__ __forceinline__ double block_sums(double (&value)[kCount], double* room) {
  static_assert(kCount == 2 || kCount == 4 || kCount == 8 || kCount == 16 || kCount == 32);
  constexpr unsigned kLanesOfSum = 32 / kCount;
  const double of_warp = detail::sum_over_warp<kCount>(value, 16);
  if (threadIdx.x % kLanesOfSum == 0) room[threadIdx.x / kLanesOfSum] = of_warp;
  __syncthreads();
  double sum = 0;
  if (threadIdx.x < kCount) {
    for (unsigned warp = 0; warp < kBlockSumThreads / 32; ++warp)
      sum += room[warp * kCount + threadIdx.x];
  }
  return sum;
}

/// Total of the sums of `rows` blocks, [rows, kCount]. `room` is [kBlockSumThreads].
template <int kCount>
__device__ __forceinline__ double sums_of_blocks(const double* partial, std::int64_t rows,
                                                 double* room) {
  constexpr unsigned kRows = kBlockSumThreads / kCount;
  double sum = 0;
#pragma unroll 4  // loads that are asked for at once
  for (std::int64_t row = threadIdx.x / kCount; row < rows; row += kRows)
    sum += partial[row * kCount + threadIdx.x % kCount];
  room[threadIdx.x] = sum;
  __syncthreads();
  sum = 0;
  if (threadIdx.x < kCount) {
    for (unsigned row = 0; row < kRows; ++row) sum += room[row * kCount + threadIdx.x];
  }
  return sum;
}

}  // namespace fgcn
