// Sums over a block's threads for the weight gradient of the tiled Chebyshev layer. Included by .cu
// files.
#pragma once

#include "kernels/cheb_conv/tile_block.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

constexpr int kTileWarps = kTileThreads / 32;

/// Halves 2 * kCount numbers per lane to kCount numbers, which are sums over two lanes.
template <int kCount>
__device__ __forceinline__ void halve(real (&value)[16], unsigned bit) {
  const bool upper = (threadIdx.x & bit) != 0;
#ifdef FGCN_EMULATED
  // The lanes meet once for all numbers: meetings are most of the emulator's time for this kernel.
  real taken[kCount];
  simt::swap_xor(__FILE__, __LINE__, upper ? value : value + kCount, bit, taken);
  for (int i = 0; i < kCount; ++i) value[i] = (upper ? value[kCount + i] : value[i]) + taken[i];
#else
#pragma unroll
  for (int i = 0; i < kCount; ++i) {
    const real low = value[i], high = value[kCount + i];
    value[i] = (upper ? high : low) +
               __shfl_xor_sync(0xffffffffu, upper ? low : high, static_cast<int>(bit));
  }
#endif
}

/// The order in which a block's threads sum grad_w, [K, quads of R, blocks of A, outs * 16], and
/// with it that of partial sums in memory.
struct PairOrder {
  int outs, out_blocks;
  int from, to;  // R, A

  __device__ __host__ __forceinline__ int of_block() const { return 16 << outs; }
  __device__ __host__ __forceinline__ int quads() const { return (from + 3) >> 2; }
  /// Numbers of one term.
  __device__ __host__ __forceinline__ int of_term() const {
    return quads() * out_blocks * of_block();
  }
  /// Where number i of the order lies in [K, A, R]; -1 for padding.
  __device__ __forceinline__ int place(int i) const {
    const int in_block = i & (of_block() - 1), block = i >> (4 + outs);
    const int quad = block / out_blocks % quads(), k = block / out_blocks / quads();
    const int out = in_block & ((1 << outs) - 1);
    const int pair = outs == 2 ? (in_block >> 2 & 7) << 1 | in_block >> 5 : in_block >> outs;
    const int a = ((block % out_blocks << outs) + out) * 4 + (pair >> 2), r = quad * 4 + (pair & 3);
    return a < to && r < from ? (k * to + a) * from + r : -1;
  }
};

/// Adds the block's sum of `pair` (4 of A by 4 of R a thread) to partial[of_block()]. Threads of
/// the same quad of A are summed, in a fixed order. Two calls use different `room`: [warps,
/// of_block()]; a third may use the first's again. One barrier inside.
__device__ __forceinline__ void sum_pairs(real (&pair)[16], const PairOrder& order, real* room,
                                          real* partial) {
  halve<8>(pair, 16);
  halve<4>(pair, 8);
  halve<2>(pair, 4);
  const int lane = static_cast<int>(threadIdx.x) & 31;
  real* of_warp = room + (threadIdx.x >> 5) * order.of_block();
  // Bits 16, 8 and 4 of the lane are bits 8, 4 and 2 of the number in the pair that it has now.
  if (order.outs == 2) {
    of_warp[lane] = pair[0];
    of_warp[32 + lane] = pair[1];
  } else {
    halve<1>(pair, 2);
    if (order.outs == 1) {
      of_warp[lane] = pair[0];
    } else {
      pair[0] += __shfl_xor_sync(0xffffffffu, pair[0], 1);
      if ((lane & 1) == 0) of_warp[lane >> 1] = pair[0];
    }
  }
  __syncthreads();
  const int t = static_cast<int>(threadIdx.x);
  if (t >= order.of_block()) return;
  real sum = 0;
#pragma unroll 4
  for (int warp = 0; warp < kTileWarps; ++warp) sum += room[warp * order.of_block() + t];
  partial[t] += sum;
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
