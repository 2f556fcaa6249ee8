// Kernels of runtime_test.cpp.
#pragma once

#include <cuda_runtime_api.h>

namespace fgcn::ptx {

/// y[i] = value, 64 threads.
void start_fill(float* y, float value, cudaStream_t stream);
/// y[i] += 1, 64 threads.
void start_increment(float* y, cudaStream_t stream);
/// Nothing, with a shape of the caller's.
void start_empty(dim3 grid, dim3 block, unsigned shared_bytes);
const void* empty_kernel_address();
/// A kernel with __launch_bounds__(128).
void start_bounded(unsigned threads);
/// Half of its instructions are reached when `half`.
void start_half(float* y, bool half);

}  // namespace fgcn::ptx
