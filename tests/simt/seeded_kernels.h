// The kernels of seeded_faults.cpp, with one deliberate fault each. A comment "seeded:
// class/variant" stands on the line that the message must name.
#pragma once

#include "kernels/gpu/elements.h"
#include "kernels/runtime/launch.h"

namespace fgcn {
namespace {

constexpr int kThreads = 96;  // three warps
constexpr unsigned kAll = 0xffffffffu;

// Barriers.

__global__ void reverse_kernel(float* y) {
  __shared__ float tile[kThreads];
  tile[threadIdx.x] = static_cast<float>(threadIdx.x);
  y[threadIdx.x] = tile[blockDim.x - 1 - threadIdx.x];  // seeded: missing barrier/write then read
}
__global__ void reuse_kernel(float* y) {
  FGCN_DYNAMIC_SHARED(float, tile);
  float sum = 0;
  for (int round = 0; round < 3; ++round) {
    const int value = round * 100 + static_cast<int>(threadIdx.x);
    tile[threadIdx.x] = static_cast<float>(value);  // seeded: missing barrier/second of a loop
    __syncthreads();
    sum += tile[(threadIdx.x + 1) % blockDim.x];  // and the next round overwrites
  }
  y[threadIdx.x] = sum;
}
__global__ void tree_kernel(float* y) {
  FGCN_DYNAMIC_SHARED(float, tile);
  tile[threadIdx.x] = static_cast<float>(threadIdx.x + 1);
  __syncthreads();
  for (unsigned step = 32; step > 0; step /= 2)  // a barrier a round is missing
    if (threadIdx.x < step)
      tile[threadIdx.x] += tile[threadIdx.x + step];  // seeded: missing barrier/in a tree
  __syncthreads();
  y[threadIdx.x] = tile[0];
}
__global__ void warp_in_step_kernel(float* y) {
  FGCN_DYNAMIC_SHARED(float, tile);
  tile[threadIdx.x] = static_cast<float>(threadIdx.x);
  for (unsigned step = 16; step > 0; step /= 2) {  // trusts its warp to run in step
    const float other = tile[threadIdx.x ^ step];  // seeded: missing barrier/warp in step
    tile[threadIdx.x] += other;
  }
  y[threadIdx.x] = tile[threadIdx.x];
}
__global__ void broadcast_kernel(float* y) {
  FGCN_DYNAMIC_SHARED(float, tile);
  if (threadIdx.x == blockDim.x - 1) tile[0] = 7;  // seeded: missing barrier/broadcast
  y[threadIdx.x] = tile[0];
}

__global__ void two_lines_kernel(float* y) {
  if (threadIdx.x % 2 == 0) {
    __syncthreads();
    y[threadIdx.x] = 0;
  } else {
    __syncthreads();  // seeded: divergent barrier/two lines
    y[threadIdx.x] = 1;
  }
}
__global__ void early_return_kernel(float* y, int count) {
  if (static_cast<int>(threadIdx.x) >= count) return;
  __syncthreads();  // seeded: divergent barrier/early return
  y[threadIdx.x] = 0;
}
__global__ void in_condition_kernel(float* y) {
  y[threadIdx.x] = 0;
  if (threadIdx.x < 40) __syncthreads();  // seeded: divergent barrier/in a condition
}
__global__ void round_too_many_kernel(float* y) {
  const int rounds = threadIdx.x == 0 ? 3 : 2;
  for (int i = 0; i < rounds; ++i) __syncthreads();  // seeded: divergent barrier/a round too many
  y[threadIdx.x] = 0;
}
__global__ void against_warp_kernel(float* y) {
  if (threadIdx.x < 16) __syncthreads();  // seeded: divergent barrier/against a warp exchange
  if (threadIdx.x >= 16) y[threadIdx.x] = __shfl_sync(kAll, 1.0F, 0);
  __syncthreads();
}

// Masks.

__global__ void returned_lane_kernel(float* y) {
  if (threadIdx.x == 5) return;
  y[threadIdx.x] = __shfl_sync(kAll, 1.0F, 0);  // seeded: exited lane in a mask/shuffle
}
__global__ void returned_ballot_kernel(float* y) {
  if (threadIdx.x >= 20) return;
  y[threadIdx.x] =
      static_cast<float>(__ballot_sync(kAll, 1));  // seeded: exited lane in a mask/ballot
}
__global__ void returned_sync_kernel(float* y) {
  if (threadIdx.x < 16) __syncwarp();  // seeded: exited lane in a mask/syncwarp
  y[threadIdx.x] = 1;
}
__global__ void absent_lane_kernel(float* y) {
  y[threadIdx.x] = __shfl_sync(kAll, 1.0F, 0);  // seeded: wrong mask/lane that does not exist
}
__global__ void foreign_mask_kernel(float* y) {
  y[threadIdx.x] = __shfl_sync(0xffffU, 1.0F, 0);  // seeded: wrong mask/leaves out the caller
}
__global__ void mixed_kernel(float* y) {
  if (threadIdx.x % 2 != 0) {
    y[threadIdx.x] = __shfl_down_sync(kAll, 1.0F, 1);  // seeded: wrong mask/two exchanges
  } else {
    y[threadIdx.x] = __shfl_up_sync(kAll, 1.0F, 1);
  }
}
__global__ void odd_width_kernel(float* y) {
  y[threadIdx.x] = __shfl_sync(kAll, 1.0F, 0, 12);  // seeded: wrong mask/width
}

// Words for global memory, given addresses of other spaces.

__global__ void store_to_static_kernel(float* y) {
  __shared__ float tile[4 * kThreads];
  const Lanes<4> value{{1, 2, 3, 4}};
  store(tile + 4 * threadIdx.x, value);  // seeded: address of another space/store to static shared
  __syncthreads();
  y[threadIdx.x] = tile[threadIdx.x];
}
__global__ void store_to_dynamic_kernel(float* y) {
  FGCN_DYNAMIC_SHARED(float, tile);
  const Lanes<4> value{{1, 2, 3, 4}};
  if (threadIdx.x < 8)
    store(tile + 4 * threadIdx.x, value);  // seeded: address of another space/store to shared
  __syncthreads();
  y[threadIdx.x] = tile[threadIdx.x % 32];
}
__global__ void streaming_store_kernel(float* y) {
  FGCN_DYNAMIC_SHARED(float, tile);
  __stcs(tile + threadIdx.x, 1.0F);  // seeded: address of another space/streaming store to shared
  __syncthreads();
  y[threadIdx.x] = tile[threadIdx.x];
}
__global__ void load_of_shared_kernel(float* y) {
  FGCN_DYNAMIC_SHARED(float, tile);
  tile[threadIdx.x] = 1;
  __syncthreads();
  y[threadIdx.x] = __ldg(tile + threadIdx.x);  // seeded: address of another space/load of shared
}
__global__ void store_to_local_kernel(float* y) {
  float own[8] = {};
  __stwb(own + threadIdx.x % 8, 1.0F);  // seeded: address of another space/store to local
  for (int i = 0; i < 8; ++i) y[threadIdx.x] += own[i];
}
__global__ void atomic_on_local_kernel(float* y) {
  int own[8] = {};
  for (unsigned i = 0; i < threadIdx.x; ++i)
    atomicAdd(own + i % 8, 1);  // seeded: address of another space/atomic on local
  y[threadIdx.x] = static_cast<float>(own[threadIdx.x % 8]);
}

// Races.

__global__ void last_writer_kernel(float* y) {
  FGCN_DYNAMIC_SHARED(float, tile);
  tile[0] = static_cast<float>(threadIdx.x);  // seeded: race in shared memory/last writer
  __syncthreads();
  y[threadIdx.x] = tile[0];
}
__global__ void in_place_stencil_kernel(float* y) {
  FGCN_DYNAMIC_SHARED(float, tile);
  tile[threadIdx.x] = static_cast<float>(threadIdx.x * threadIdx.x);
  __syncthreads();
  tile[threadIdx.x] +=
      tile[(threadIdx.x + 1) % blockDim.x];  // seeded: race in shared memory/stencil in place
  __syncthreads();
  y[threadIdx.x] = tile[threadIdx.x];
}
__global__ void warps_apart_kernel(float* y) {
  FGCN_DYNAMIC_SHARED(float, tile);
  tile[threadIdx.x] = static_cast<float>(threadIdx.x);
  __syncwarp();  // orders a warp, not the block
  y[threadIdx.x] =
      tile[(threadIdx.x + 32) % blockDim.x];  // seeded: race in shared memory/between warps
}
__global__ void plain_count_kernel(float* y) {
  FGCN_DYNAMIC_SHARED(int, bins);
  if (threadIdx.x < 4) bins[threadIdx.x] = 0;
  __syncthreads();
  bins[threadIdx.x % 4] += 1;  // seeded: race in shared memory/count without atomics
  __syncthreads();
  if (threadIdx.x < 4) y[threadIdx.x] = static_cast<float>(bins[threadIdx.x]);
}

__global__ void last_block_kernel(float* y) {
  y[threadIdx.x] = static_cast<float>(blockIdx.x);  // seeded: race between blocks/last writer
}
__global__ void neighbour_block_kernel(float* y) {
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  y[i] = static_cast<float>(i);
  const unsigned other = (i + blockDim.x) % (gridDim.x * blockDim.x);
  y[i] += 2 * y[other];  // seeded: race between blocks/neighbour's part
}
__global__ void one_flag_kernel(float* y, int* flag) {
  if (threadIdx.x == 0) {
    *flag = static_cast<int>(blockIdx.x);  // seeded: race between blocks/one flag
    y[blockIdx.x] = static_cast<float>(atomicAdd(flag, 0) + atomicAdd(flag + 1, 1));
  }
}
__global__ void plain_total_kernel(float* y, int* total) {
  *total += 1;  // seeded: race between blocks/total without atomics
  y[blockIdx.x] = 0;
}

__global__ void arrival_sum_kernel(float* y, int* arrived, float* list) {
  list[atomicAdd(arrived, 1)] =
      1.0F / static_cast<float>(3 + blockIdx.x * blockDim.x + threadIdx.x);
  __syncthreads();
  if (threadIdx.x != 0) return;
  float sum = 0;
  for (int i = 0; i < *arrived; ++i) sum += list[i];
  y[0] = sum;
}
__global__ void arrival_exchange_kernel(float* y, int* last) {
  const float before =
      __int_as_float(atomicExch(last, __float_as_int(1.0F / static_cast<float>(3 + blockIdx.x))));
  y[blockIdx.x] = before;
}
__global__ void first_wins_kernel(float* y, int* taken) {
  if (atomicCAS(taken, 0, 1) == 0) y[0] = static_cast<float>(threadIdx.x);
}

// Memory that nobody wrote.

__global__ void unwritten_dynamic_kernel(float* y) {
  FGCN_DYNAMIC_SHARED(float, tile);
  if (threadIdx.x > 0) tile[threadIdx.x] = 1;
  __syncthreads();
  y[threadIdx.x] = tile[threadIdx.x];
}
__global__ void unwritten_static_kernel(float* y) {
  __shared__ float tile[kThreads];
  if (threadIdx.x > 0) tile[threadIdx.x] = 1;
  __syncthreads();
  y[threadIdx.x] = tile[threadIdx.x];
}
__global__ void tail_of_tile_kernel(float* y, int count) {
  FGCN_DYNAMIC_SHARED(float, tile);
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < count) tile[threadIdx.x] = 1;
  __syncthreads();
  float sum = 0;
  for (unsigned k = 0; k < blockDim.x; ++k) sum += tile[k];  // the last block's tile is not full
  if (i < count) y[i] = sum;
}
__global__ void guarded_kernel(float* y, int count) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < count) y[i] = 1;
}
__global__ void added_to_kernel(float* y) { y[threadIdx.x] += 1; }

// Bounds.

__global__ void global_write_kernel(float* y, int count) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i <= count) y[i] = 1;  // seeded: out of bounds/global
}
__global__ void global_before_kernel(float* y) {
  y[static_cast<int>(threadIdx.x) - 1] = 1;  // seeded: out of bounds/before global
}
__global__ void global_read_kernel(float* y, const float* x) {
  y[threadIdx.x] = x[threadIdx.x + 1];  // seeded: out of bounds/read of global
}
__global__ void static_shared_kernel(float* y) {
  __shared__ float tile[32];
  tile[threadIdx.x] = 1;  // seeded: out of bounds/static shared
  __syncthreads();
  y[threadIdx.x] = tile[threadIdx.x / 2];
}
__global__ void dynamic_shared_kernel(float* y) {
  FGCN_DYNAMIC_SHARED(float, tile);
  tile[threadIdx.x + 1] = 1;  // seeded: out of bounds/dynamic shared
  __syncthreads();
  y[threadIdx.x] = tile[threadIdx.x];
}
__global__ void dynamic_read_kernel(float* y) {
  FGCN_DYNAMIC_SHARED(float, tile);
  tile[threadIdx.x] = 1;
  __syncthreads();
  y[threadIdx.x] = tile[threadIdx.x + 1];  // seeded: out of bounds/read of dynamic shared
}
__global__ void released_kernel(float* y, float* gone) {
  gone[threadIdx.x] = 1;  // seeded: use after release/write
  y[threadIdx.x] = 0;
}
__global__ void released_read_kernel(float* y, const float* gone) {
  y[threadIdx.x] = gone[threadIdx.x];  // seeded: use after release/read
}
__global__ void misaligned_load_kernel(float* y) {
  const float* const from = y + 1 + 4 * threadIdx.x;
  const float4 four =
      *reinterpret_cast<const float4*>(from);  // seeded: misaligned vector access/load
  y[threadIdx.x] = four.x;
}
__global__ void misaligned_store_kernel(float* y) {
  float4* const to = reinterpret_cast<float4*>(y + 2);
  *to = make_float4(1, 2, 3, 4);  // seeded: misaligned vector access/store
}

// Launches.

__global__ void any_kernel(float* y) { y[0] = 1; }
__global__ void copy_kernel(const float* x, float* y) { y[threadIdx.x] = x[threadIdx.x]; }

}  // namespace
}  // namespace fgcn
