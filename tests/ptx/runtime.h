// Shared by the files of libcudart's stand-in.
#pragma once

#include <cuda_runtime_api.h>

#include <string>
#include <vector>

#include "tests/ptx/device.h"

namespace fgcn::ptx {

/// One kernel<<<grid, block, shared, stream>>> that waits for its arguments.
struct Configuration {
  dim3 grid, block;
  std::size_t shared;
  cudaStream_t stream;
};

/// libcudart keeps the last error for each thread.
struct ThreadState {
  cudaError_t last = cudaSuccess;
  std::vector<Configuration> configurations;
};
ThreadState& this_thread();

/// Makes a status the thread's last error, unless it is a success; returns it.
cudaError_t status(cudaError_t error);

/// The status of a call that did what it should: the fault of the device, if there was one.
cudaError_t device_status();

/// Text of cudaGetErrorString besides a status's meaning: the kernel, the line, the
/// sentence.
void remember_detail(int error, const std::string& detail);

/// Fails with a finding: the host's mistake, in the report.
cudaError_t host_mistake(cudaError_t error, const char* kind, const std::string& text);

}  // namespace fgcn::ptx
