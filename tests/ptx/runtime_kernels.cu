#include "tests/ptx/runtime_kernels.h"

namespace fgcn::ptx {

__global__ void fill_kernel(float* y, float value) { y[threadIdx.x] = value; }
__global__ void increment_kernel(float* y) { y[threadIdx.x] += 1; }
__global__ void empty_kernel() {}
__global__ void __launch_bounds__(128) bounded_kernel() {}
__global__ void half_kernel(float* y, bool half) {
  if (half) {
    y[threadIdx.x] = 1;
  } else {
    atomicAdd(y, 2.0f);  // never reached
  }
}
__global__ void never_started_kernel(float* y) { y[0] = 1; }

void start_fill(float* y, float value, cudaStream_t stream) {
  fill_kernel<<<1, 64, 0, stream>>>(y, value);
}
void start_increment(float* y, cudaStream_t stream) { increment_kernel<<<1, 64, 0, stream>>>(y); }
void start_empty(dim3 grid, dim3 block, unsigned shared_bytes) {
  empty_kernel<<<grid, block, shared_bytes>>>();
}
const void* empty_kernel_address() { return reinterpret_cast<const void*>(empty_kernel); }
void start_bounded(unsigned threads) { bounded_kernel<<<1, threads>>>(); }
void start_half(float* y, bool half) { half_kernel<<<1, 32>>>(y, half); }

}  // namespace fgcn::ptx
