#include "tests/ptx/exchange_kernels.h"

namespace fgcn::ptx {

constexpr unsigned kWholeWarp = 0xffffffffu;

#define FGCN_SHUFFLE(MODE, ROW, VALID_ROW, BY, LIMITS)              \
  asm volatile("{ .reg .pred p; shfl.sync." MODE                    \
               ".b32 %0|p, %2, %3, %4, -1; selp.u32 %1, 1, 0, p; }" \
               : "=r"(value), "=r"(valid)                           \
               : "r"(own), "r"(BY), "r"(LIMITS));                   \
  y[(ROW)*32 + lane] = value;                                       \
  y[(VALID_ROW)*32 + lane] = valid

__global__ void exchanges_kernel(const u32* x, u32* y, u32 by, u32 width) {
  const u32 lane = threadIdx.x, own = x[lane];
  const u32 segment = (32 - width) << 8;
  u32 value, valid;
  FGCN_SHUFFLE("idx", kRowIndex, kRowIndexValid, by, segment | 31);
  FGCN_SHUFFLE("up", kRowUp, kRowUpValid, by, segment);
  FGCN_SHUFFLE("down", kRowDown, kRowDownValid, by, segment | 31);
  FGCN_SHUFFLE("bfly", kRowXor, kRowXorValid, by, segment | 31);
  const bool odd = (own & 1) != 0;
  y[kRowBallot * 32 + lane] = __ballot_sync(kWholeWarp, odd);
  y[kRowAny * 32 + lane] = __any_sync(kWholeWarp, odd);
  y[kRowAll * 32 + lane] = __all_sync(kWholeWarp, odd);
  y[kRowUniform * 32 + lane] = __uni_sync(kWholeWarp, odd);
  y[kRowMatchAny * 32 + lane] = __match_any_sync(kWholeWarp, own);
  const unsigned long long wide = static_cast<unsigned long long>(own) << 32;
  y[kRowMatchAnyWide * 32 + lane] = __match_any_sync(kWholeWarp, wide);
  int all = 0;
  y[kRowMatchAll * 32 + lane] = __match_all_sync(kWholeWarp, own, &all);
  y[kRowMatchAllValid * 32 + lane] = all;
  if (odd)
    y[kRowActiveMask * 32 + lane] = __activemask();
  else
    y[kRowActiveMask * 32 + lane] = ~__activemask();
}

__global__ void reductions_kernel(const u32* x, u32* y) {
#if __CUDA_ARCH__ >= 800
  const u32 lane = threadIdx.x, own = x[lane];
  y[lane] = __reduce_add_sync(kWholeWarp, own);
  y[32 + lane] = __reduce_min_sync(kWholeWarp, static_cast<int>(own));
  y[64 + lane] = __reduce_max_sync(kWholeWarp, static_cast<int>(own));
  y[96 + lane] = __reduce_min_sync(kWholeWarp, own);
  y[128 + lane] = __reduce_max_sync(kWholeWarp, own);
  y[160 + lane] = __reduce_and_sync(kWholeWarp, own);
  y[192 + lane] = __reduce_or_sync(kWholeWarp, own);
  y[224 + lane] = __reduce_xor_sync(kWholeWarp, own);
#endif
}

__device__ __forceinline__ void update(u32* words, u32* old, u32 own, u32 lane) {
  old[kAtomicAdd * 32 + lane] = atomicAdd(words + kAtomicAdd, own);
  old[kAtomicMin * 32 + lane] = atomicMin(words + kAtomicMin, own);
  old[kAtomicMax * 32 + lane] = atomicMax(words + kAtomicMax, own);
  int* words_signed = reinterpret_cast<int*>(words);
  old[kAtomicMinSigned * 32 + lane] =
      atomicMin(words_signed + kAtomicMinSigned, static_cast<int>(own));
  old[kAtomicMaxSigned * 32 + lane] =
      atomicMax(words_signed + kAtomicMaxSigned, static_cast<int>(own));
  old[kAtomicAnd * 32 + lane] = atomicAnd(words + kAtomicAnd, own);
  old[kAtomicOr * 32 + lane] = atomicOr(words + kAtomicOr, own);
  old[kAtomicXor * 32 + lane] = atomicXor(words + kAtomicXor, own);
  old[kAtomicExchange * 32 + lane] = atomicExch(words + kAtomicExchange, own);
  old[kAtomicSwap * 32 + lane] = atomicCAS(words + kAtomicSwap, lane, lane + 1);
  old[kAtomicIncrement * 32 + lane] = atomicInc(words + kAtomicIncrement, kIncrementBound);
  old[kAtomicDecrement * 32 + lane] = atomicDec(words + kAtomicDecrement, kIncrementBound);
  float* words_float = reinterpret_cast<float*>(words);
  old[kAtomicFloat * 32 + lane] = __float_as_uint(atomicAdd(words_float + kAtomicFloat, 1.0f));
}

__global__ void global_atomics_kernel(const u32* x, u32* words, u32* old) {
  update(words, old, x[threadIdx.x], threadIdx.x);
}
__global__ void shared_atomics_kernel(const u32* x, u32* words, u32* old) {
  __shared__ u32 tile[kAtomicWords];
  const u32 lane = threadIdx.x;
  if (lane < kAtomicWords) tile[lane] = words[lane];
  __syncthreads();
  update(tile, old, x[lane], lane);
  __syncthreads();
  if (lane < kAtomicWords) words[lane] = tile[lane];
}

void start_exchanges(const u32* x, u32* y, u32 by, u32 width) {
  exchanges_kernel<<<1, 32>>>(x, y, by, width);
}
void start_reductions(const u32* x, u32* y) { reductions_kernel<<<1, 32>>>(x, y); }
void start_atomics(const u32* x, u32* words, u32* old, bool shared) {
  if (shared)
    shared_atomics_kernel<<<1, 32>>>(x, words, old);
  else
    global_atomics_kernel<<<1, 32>>>(x, words, old);
}

}  // namespace fgcn::ptx
