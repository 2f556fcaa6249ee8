// libcudart: the program's kernels, and launching them.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "kernels/core/error.h"
#include "tests/ptx/engine.h"
#include "tests/ptx/library_device.h"
#include "tests/ptx/report.h"
#include "tests/ptx/runtime.h"

namespace fgcn::ptx {
namespace {

void at_exit() {
  const std::lock_guard guard(device_lock());
  Device& d = device();
  d.streams.finish_all();
  const bool reported = d.options.report.empty() || append_report(d.options.report);
  if (d.findings.size() == 0 && reported) return;
  std::fprintf(stderr, "ptx: %zu findings\n", d.findings.size());
  if (d.options.findings_expected) return;
  // The results may be right all the same: nothing else would tell.
  std::fflush(nullptr);
  _exit(1);
}

/// The function's kernel for the device; nullptr with `error` when there is none that can run.
Kernel* find_kernel(Function& function, cudaError_t& error) {
  Module* module = module_for(function);
  if (module == nullptr) {
    error = host_mistake(cudaErrorNoKernelImageForDevice, "no PTX", why_no_module(function));
    return nullptr;
  }
  try {
    return &kernel_of(*module, function.name);
  } catch (const std::exception& failure) {
    error = host_mistake(cudaErrorInvalidPtx, "unsupported",
                         text(demangled(function.name), ": ", failure.what()));
    return nullptr;
  }
}

bool valid_shape(const Kernel& kernel, const dim3& grid, const dim3& block) {
  constexpr u32 kMostX = 0x7fffffff, kMost = 65535;
  const u64 threads = u64{block.x} * block.y * block.z;
  const u32 most = limits_of(options().architecture).threads_block;
  const bool block_fits = threads >= 1 && threads <= most && block.z <= 64;
  const bool bound_kept = kernel.most_threads == 0 || threads <= kernel.most_threads;
  const bool grid_fits = grid.x >= 1 && grid.x <= kMostX && grid.y >= 1 && grid.y <= kMost &&
                         grid.z >= 1 && grid.z <= kMost;
  return block_fits && bound_kept && grid_fits;
}

bool valid_shared(const Kernel& kernel, const Function& function, std::size_t dynamic) {
  const Limits limits = limits_of(options().architecture);
  // Who has not asked for more has so much for both.
  const u32 most =
      function.dynamic_shared > limits.shared_static ? limits.shared_opt_in : limits.shared_static;
  return dynamic <= function.dynamic_shared && kernel.static_shared <= limits.shared_static &&
         kernel.static_shared + dynamic <= most;
}

cudaError_t launch(Function& function, const dim3& grid, const dim3& block, void** arguments,
                   std::size_t shared, cudaStream_t stream) {
  Streams& streams = device().streams;
  if (const cudaError_t fault = device_status(); fault != cudaSuccess) return fault;
  if (!streams.is_stream(stream)) return status(cudaErrorInvalidResourceHandle);
  cudaError_t error = cudaSuccess;
  Kernel* kernel = find_kernel(function, error);
  if (kernel == nullptr) return error;
  const std::string shape = text(kernel->demangled, ": grid ", grid.x, ',', grid.y, ',', grid.z,
                                 ", block ", block.x, ',', block.y, ',', block.z, ", ", shared,
                                 " bytes of dynamic shared memory beside ", kernel->static_shared);
  if (!valid_shape(*kernel, grid, block)) {
    remember_detail(cudaErrorInvalidConfiguration, shape);
    return status(cudaErrorInvalidConfiguration);
  }
  if (!valid_shared(*kernel, function, shared)) {
    remember_detail(cudaErrorInvalidValue, shape);
    return status(cudaErrorInvalidValue);
  }
  auto work = std::make_shared<Launch>();
  const u32 sizes[] = {grid.x, grid.y, grid.z, block.x, block.y, block.z};
  std::copy_n(sizes, 3, work->grid);
  std::copy_n(sizes + 3, 3, work->block);
  work->dynamic_shared = static_cast<u32>(shared);
  work->parameters.assign(kernel->parameter_bytes, 0);
  for (std::size_t i = 0; i < kernel->parameters.size(); ++i) {
    const Parameter& parameter = kernel->parameters[i];
    std::memcpy(work->parameters.data() + parameter.offset, arguments[i], parameter.bytes);
  }
  streams.submit(stream, [kernel, work] { run(*kernel, *work); });
  return device_status();
}

Function* find_function(const void* host) {
  auto& functions = device().functions.by_host;
  const auto found = functions.find(host);
  return found == functions.end() ? nullptr : &found->second;
}

}  // namespace
}  // namespace fgcn::ptx

using namespace fgcn::ptx;

// nvcc's objects call these; their declarations are in no header of the toolkit.
// NOLINTBEGIN(bugprone-reserved-identifier): the names are nvcc's
extern "C" {

void** __cudaRegisterFatBinary(void* wrapper) {
  struct Wrapper {
    int magic, version;
    const void* data;
    void* name;
  };
  const std::lock_guard guard(device_lock());
  auto& binaries = device().functions.binaries;
  if (binaries.empty()) std::atexit(at_exit);
  binaries.push_back(read_fat_binary(static_cast<const Wrapper*>(wrapper)->data));
  return reinterpret_cast<void**>(binaries.back().get());
}
void __cudaRegisterFatBinaryEnd(void** /*binary*/) {}
void __cudaUnregisterFatBinary(void** /*binary*/) {}

void __cudaRegisterFunction(void** binary, const char* host, char* /*device_name*/,
                            const char* name, int /*thread_limit*/, uint3* /*thread*/,
                            uint3* /*block*/, dim3* /*block_size*/, dim3* /*grid_size*/,
                            int* /*warp_size*/) {
  const std::lock_guard guard(device_lock());
  Function function;
  function.binary = reinterpret_cast<FatBinary*>(binary);
  function.name = name;
  device().functions.by_host[host] = function;
}
void __cudaRegisterVar(void** /*binary*/, char* /*host*/, char* /*address*/, const char* /*name*/,
                       int /*external*/, std::size_t /*bytes*/, int /*constant*/, int /*global*/) {}
char __cudaInitModule(void** /*binary*/) { return 1; }

unsigned __cudaPushCallConfiguration(dim3 grid, dim3 block, std::size_t shared,
                                     struct CUstream_st* stream) {
  this_thread().configurations.push_back({grid, block, shared, stream});
  return 0;
}
cudaError_t __cudaPopCallConfiguration(dim3* grid, dim3* block, std::size_t* shared, void* stream) {
  auto& configurations = this_thread().configurations;
  if (configurations.empty()) return status(cudaErrorMissingConfiguration);
  const Configuration top = configurations.back();
  configurations.pop_back();
  *grid = top.grid;
  *block = top.block;
  *shared = top.shared;
  *static_cast<cudaStream_t*>(stream) = top.stream;
  return cudaSuccess;
}

cudaError_t __cudaGetKernel(cudaKernel_t* kernel, const void* host) {
  const std::lock_guard guard(device_lock());
  Function* function = find_function(host);
  if (function == nullptr) return status(cudaErrorInvalidDeviceFunction);
  *kernel = reinterpret_cast<cudaKernel_t>(function);
  return cudaSuccess;
}
cudaError_t __cudaLaunchKernel(cudaKernel_t kernel, dim3 grid, dim3 block, void** arguments,
                               std::size_t shared, cudaStream_t stream) {
  const std::lock_guard guard(device_lock());
  return launch(*reinterpret_cast<Function*>(kernel), grid, block, arguments, shared, stream);
}
cudaError_t cudaLaunchKernel(const void* host, dim3 grid, dim3 block, void** arguments,
                             std::size_t shared, cudaStream_t stream) {
  const std::lock_guard guard(device_lock());
  Function* function = find_function(host);
  if (function == nullptr) return status(cudaErrorInvalidDeviceFunction);
  return launch(*function, grid, block, arguments, shared, stream);
}

cudaError_t cudaFuncSetAttribute(const void* host, cudaFuncAttribute attribute, int value) {
  const std::lock_guard guard(device_lock());
  Function* function = find_function(host);
  if (function == nullptr) return status(cudaErrorInvalidDeviceFunction);
  if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize) {
    return host_mistake(cudaErrorInvalidValue, "unknown attribute",
                        fgcn::text("cudaFuncSetAttribute: the simulator does not know attribute ",
                                   static_cast<int>(attribute)));
  }
  cudaError_t error = cudaSuccess;
  const Kernel* kernel = find_kernel(*function, error);
  if (kernel == nullptr) return error;
  const s64 all = s64{value} + kernel->static_shared;
  if (value < 0 || all > limits_of(options().architecture).shared_opt_in) {
    remember_detail(cudaErrorInvalidValue,
                    fgcn::text(kernel->demangled, ": ", all, " bytes of shared memory on a ",
                               options().architecture));
    return status(cudaErrorInvalidValue);
  }
  function->dynamic_shared = std::max(function->dynamic_shared, static_cast<u32>(value));
  return cudaSuccess;
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier)
