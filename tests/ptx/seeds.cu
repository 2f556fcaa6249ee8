#include "tests/ptx/seeds.h"

namespace fgcn::ptx {
namespace {

constexpr int kThreads = 64;  // two warps
constexpr unsigned kAll = 0xffffffffu;

}  // namespace

// Without a fault.

__global__ void barrier_kernel(float* y, const float* /*x*/, int count) {
  __shared__ float tile[kThreads];
  const int thread = threadIdx.x, i = blockIdx.x * kThreads + thread;
  tile[thread] = thread;
  __syncthreads();
  if (i < count) y[i] = tile[kThreads - 1 - thread];
}
__global__ void warp_barrier_kernel(float* y, const float* /*x*/, int /*count*/) {
  __shared__ float tile[kThreads];
  const int thread = threadIdx.x;
  tile[thread] = thread;
  __syncwarp();
  y[blockIdx.x * kThreads + thread] = tile[thread ^ 1];
}
__global__ void halves_kernel(float* y, const float* /*x*/, int /*count*/) {
  const int thread = threadIdx.x;
  float value;
  if (thread & 1)
    value = __shfl_xor_sync(0xaaaaaaaau, static_cast<float>(thread), 2);
  else
    value = __shfl_xor_sync(0x55555555u, static_cast<float>(thread), 2);
  y[blockIdx.x * kThreads + thread] = value;
}
__global__ void local_array_kernel(float* y, const float* /*x*/, int count) {
  volatile int own[8];
  for (int i = 0; i < 8; ++i) own[i] = i * count;
  y[blockIdx.x * kThreads + threadIdx.x] = own[threadIdx.x % 8];
}
__global__ void shared_atomic_kernel(float* y, const float* /*x*/, int /*count*/) {
  __shared__ int sum;
  if (threadIdx.x == 0) sum = 0;
  __syncthreads();
  atomicAdd(&sum, 1);
  __syncthreads();
  y[blockIdx.x * kThreads + threadIdx.x] = sum;
}

// Shared memory.

__global__ void read_after_write_kernel(float* y, const float* /*x*/, int count) {
  __shared__ float tile[kThreads];
  const int thread = threadIdx.x;
  tile[thread] = thread;  // seeded: one order of read after write
  if (thread < count) y[thread] = tile[kThreads - 1 - thread];  // seeded: read after write
}
__global__ void same_warp_kernel(float* y, const float* /*x*/, int /*count*/) {
  __shared__ float tile[kThreads];
  const int thread = threadIdx.x;
  tile[thread] = thread;
  y[thread] = tile[thread ^ 1];  // seeded: same warp
}
__global__ void shuffle_is_no_fence_kernel(float* y, const float* /*x*/, int /*count*/) {
  __shared__ float tile[kThreads];
  const int thread = threadIdx.x;
  tile[thread] = thread;
  const float other = __shfl_xor_sync(kAll, static_cast<float>(thread), 1);
  y[thread] = tile[thread ^ 1] + other;  // seeded: shuffle is no fence
}
__global__ void write_after_read_kernel(float* y, const float* /*x*/, int /*count*/) {
  __shared__ float tile[kThreads];
  const int thread = threadIdx.x;
  tile[thread] = thread;
  __syncthreads();
  const float value = tile[(thread + 40) % kThreads];  // seeded: one order of write after read
  tile[thread] = value + 1;                            // seeded: write after read
  __syncthreads();
  y[thread] = tile[thread];
}
__global__ void write_after_write_kernel(float* y, const float* /*x*/, int /*count*/) {
  __shared__ float tile[kThreads];
  tile[threadIdx.x % 8] = threadIdx.x;  // seeded: write after write
  __syncthreads();
  y[threadIdx.x] = tile[threadIdx.x % 8];
}
__global__ void unwritten_shared_kernel(float* y, const float* /*x*/, int /*count*/) {
  __shared__ float tile[kThreads];
  const int thread = threadIdx.x;
  if (thread != 5) tile[thread] = thread;
  __syncthreads();
  y[thread] = tile[thread];  // seeded: unwritten shared
}
__global__ void shared_behind_kernel(float* y, const float* /*x*/, int /*count*/) {
  __shared__ float tile[kThreads];
  tile[threadIdx.x + 1] = 1;  // seeded: shared behind
  __syncthreads();
  y[threadIdx.x] = tile[threadIdx.x != 0 ? threadIdx.x : 1];
}
__global__ void dynamic_behind_kernel(float* y, const float* /*x*/, int /*count*/) {
  extern __shared__ float dynamic_tile[];
  dynamic_tile[threadIdx.x + 1] = 1;  // seeded: dynamic behind
  __syncthreads();
  y[threadIdx.x] = dynamic_tile[threadIdx.x != 0 ? threadIdx.x : 1];
}

// Global memory.

__global__ void behind_kernel(float* y, const float* /*x*/, int count) {
  y[threadIdx.x + count - kThreads + 1] = 1;  // seeded: behind
}
__global__ void before_kernel(float* y, const float* /*x*/, int /*count*/) {
  y[static_cast<int>(threadIdx.x) - 1] = 1;  // seeded: before
}
__global__ void misaligned_kernel(float* y, const float* /*x*/, int /*count*/) {
  *reinterpret_cast<float4*>(y + 1) = make_float4(1, 2, 3, 4);  // seeded: misaligned
}
__global__ void unwritten_global_kernel(float* y, const float* x, int /*count*/) {
  y[blockIdx.x * kThreads + threadIdx.x] = x[threadIdx.x];  // seeded: unwritten global
}
__global__ void blocks_write_kernel(float* y, const float* /*x*/, int /*count*/) {
  if (threadIdx.x == 0) y[0] = blockIdx.x;  // seeded: blocks write
}
__global__ void nowhere_kernel(float* /*y*/, const float* /*x*/, int count) {
  float* nowhere = reinterpret_cast<float*>(static_cast<unsigned long long>(count));
  *nowhere = 1;  // seeded: nowhere
}

// Addresses of another space.

__global__ void write_back_store_kernel(float* y, const float* /*x*/, int /*count*/) {
  __shared__ float4 tile[kThreads];
  __stwb(&tile[threadIdx.x], make_float4(1, 2, 3, 4));  // seeded: write-back store
  __syncthreads();
  y[threadIdx.x] = tile[threadIdx.x].x;
}
__global__ void inline_store_kernel(float* y, const float* /*x*/, int /*count*/) {
  __shared__ float tile[kThreads];
  float* place = &tile[threadIdx.x];
  asm volatile("st.global.f32 [%0], %1;" ::"l"(place), "f"(1.0f));  // seeded: inline store
  __syncthreads();
  y[threadIdx.x] = tile[threadIdx.x];
}
__global__ void inline_load_kernel(float* y, const float* /*x*/, int /*count*/) {
  __shared__ float tile[kThreads];
  tile[threadIdx.x] = 1;
  __syncthreads();
  float value;
  const float* place = &tile[threadIdx.x];
  asm volatile("ld.global.f32 %0, [%1];" : "=f"(value) : "l"(place));  // seeded: inline load
  y[blockIdx.x * kThreads + threadIdx.x] = value;
}
__global__ void read_only_load_kernel(float* y, const float* /*x*/, int /*count*/) {
  __shared__ float tile[kThreads];
  tile[threadIdx.x] = 1;
  __syncthreads();
  y[blockIdx.x * kThreads + threadIdx.x] = __ldg(&tile[threadIdx.x]);  // seeded: read-only load
}
__global__ void local_atomic_kernel(float* y, const float* /*x*/, int count) {
  int own[4] = {count, count, count, count};
  int old;
  int* place = &own[threadIdx.x % 4];
  asm volatile("atom.add.u32 %0, [%1], 1;" : "=r"(old) : "l"(place));  // seeded: local atomic
  y[blockIdx.x * kThreads + threadIdx.x] = old + own[(threadIdx.x + 1) % 4];
}
__global__ void global_as_shared_kernel(float* y, const float* /*x*/, int /*count*/) {
  unsigned long long place;
  asm volatile("cvta.to.shared.u64 %0, %1;" : "=l"(place) : "l"(y));
  asm volatile("st.shared.f32 [%0], %1;" ::"l"(place), "f"(1.0f));  // seeded: global as shared
}
__global__ void shared_as_local_kernel(float* y, const float* /*x*/, int /*count*/) {
  __shared__ float tile[kThreads];
  tile[threadIdx.x] = 1;
  float value;
  const float* place = &tile[threadIdx.x];
  asm volatile("ld.local.f32 %0, [%1];" : "=f"(value) : "l"(place));  // seeded: shared as local
  y[blockIdx.x * kThreads + threadIdx.x] = value;
}

// Barriers and exchanges.

__global__ void two_barriers_kernel(float* y, const float* /*x*/, int /*count*/) {
  if (threadIdx.x < 40) {
    __syncthreads();  // seeded: two barriers
  } else {
    y[threadIdx.x] = 1;
    __syncthreads();  // seeded: the other of two barriers
    y[0] = 2;
  }
  y[threadIdx.x] = 3;
}
__global__ void early_return_kernel(float* y, const float* /*x*/, int /*count*/) {
  if (threadIdx.x > 50) return;
  y[threadIdx.x] = 1;
  __syncthreads();  // seeded: early return
  y[threadIdx.x] = 2;
}
__global__ void returned_lane_kernel(float* y, const float* /*x*/, int /*count*/) {
  if (threadIdx.x % 32 == 3) return;
  y[threadIdx.x] =
      __shfl_xor_sync(kAll, static_cast<float>(threadIdx.x), 1);  // seeded: returned lane
}
__global__ void wrong_mask_kernel(float* y, const float* /*x*/, int /*count*/) {
  y[threadIdx.x] =
      __shfl_xor_sync(0xffffu, static_cast<float>(threadIdx.x), 1);  // seeded: wrong mask
}
__global__ void half_shuffles_kernel(float* y, const float* /*x*/, int /*count*/) {
  if (threadIdx.x & 1)
    y[threadIdx.x] = __shfl_xor_sync(kAll, 1.0f, 1);  // seeded: half shuffles
  else
    y[threadIdx.x] = 1;
}
__global__ void trap_kernel(float* y, const float* /*x*/, int /*count*/) {
  if (threadIdx.x == 7) __trap();  // seeded: trap
  y[0] = 1;
}

__device__ __forceinline__ void store_inlined(float* y, int i) {
  y[i] = 1;  // seeded: inlined
}
__global__ void inlined_kernel(float* y, const float* /*x*/, int count) {
  store_inlined(y, threadIdx.x + count);  // seeded: where it is inlined
}

namespace {

template <void (*kKernel)(float*, const float*, int)>
void start(float* y, const float* x, int count) {
  kKernel<<<2, kThreads, kThreads * sizeof(float)>>>(y, x, count);
}

}  // namespace

std::vector<Seed> seeds() {
  return {
      {"barrier", "", start<barrier_kernel>},
      {"warp barrier", "", start<warp_barrier_kernel>},
      {"halves", "", start<halves_kernel>},
      {"local array", "", start<local_array_kernel>},
      {"shared atomic", "", start<shared_atomic_kernel>},
      {"read after write", "read after write in shared", start<read_after_write_kernel>},
      {"same warp", "read after write in shared", start<same_warp_kernel>},
      {"shuffle is no fence", "read after write in shared", start<shuffle_is_no_fence_kernel>},
      {"write after read", "write after read in shared", start<write_after_read_kernel>},
      {"write after write", "write after write in shared", start<write_after_write_kernel>},
      {"unwritten shared", "read of unwritten shared", start<unwritten_shared_kernel>},
      {"shared behind", "shared store outside its array", start<shared_behind_kernel>},
      {"dynamic behind", "shared store out of bounds", start<dynamic_behind_kernel>},
      {"behind", "global store out of bounds", start<behind_kernel>},
      {"before", "global store out of bounds", start<before_kernel>},
      {"misaligned", "global store of 16 bytes at a misaligned address", start<misaligned_kernel>},
      {"unwritten global", "read of unwritten global", start<unwritten_global_kernel>},
      {"blocks write", "race between blocks, write after write", start<blocks_write_kernel>},
      {"nowhere", "no address of the device", start<nowhere_kernel>},
      {"write-back store", "global store given a shared address", start<write_back_store_kernel>},
      {"inline store", "global store given a shared address", start<inline_store_kernel>},
      {"inline load", "global load given a shared address", start<inline_load_kernel>},
      {"read-only load", "global load given a shared address", start<read_only_load_kernel>},
      {"local atomic", "atomic given a local address", start<local_atomic_kernel>},
      {"global as shared", "shared store given a global address", start<global_as_shared_kernel>},
      {"shared as local", "local load given a shared address", start<shared_as_local_kernel>},
      {"two barriers", "threads wait at different barriers", start<two_barriers_kernel>},
      {"early return", "threads have returned", start<early_return_kernel>},
      {"returned lane", "has returned", start<returned_lane_kernel>},
      {"wrong mask", "mask without the calling lane", start<wrong_mask_kernel>},
      {"half shuffles", "returned", start<half_shuffles_kernel>},
      {"trap", "trap", start<trap_kernel>},
      {"inlined", "global store out of bounds", start<inlined_kernel>},
  };
}

}  // namespace fgcn::ptx
