// How a kernel starts, in both worlds: under nvcc on a GPU, under a C++ compiler on the emulator.
// Included by the .cu files only.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "kernels/core/context.h"
#include "kernels/core/error.h"

#ifdef __CUDACC__

#include <cuda_runtime.h>
/// The backend's namespace.
#define FGCN_GPU_NAMESPACE cuda
/// The last parameters of a device function whose caller's line the emulator's messages name, and
/// how it passes them on. Nothing on a GPU.
#define FGCN_CALLER
#define FGCN_PASS_CALLER
/// FGCN_DYNAMIC_SHARED(float, tile); within a kernel: `float* tile`, 16-byte aligned, as many bytes
/// as the launch asked for. Once a kernel.
#define FGCN_DYNAMIC_SHARED(T, name)                                   \
  extern __shared__ __align__(16) unsigned char fgcn_dynamic_shared[]; \
  T* name = reinterpret_cast<T*>(fgcn_dynamic_shared)

#else

#include <functional>
#include <tuple>

#include "kernels/simt/dialect.h"
#define FGCN_GPU_NAMESPACE emulated
// A declaration cannot stand in parentheses.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define FGCN_DYNAMIC_SHARED(T, name) T* name = static_cast<T*>(::fgcn::simt::dynamic_shared())
// NOLINTEND(bugprone-macro-parentheses)

#endif

namespace fgcn {

/// Blocks of the grid, threads of a block, bytes of dynamic shared memory.
struct LaunchShape {
  struct Size {
    unsigned x = 1, y = 1, z = 1;
  };
  Size grid;
  Size block;
  std::size_t shared_bytes = 0;
};

constexpr std::int64_t kMaxGrid = 0x7fffffff;

/// One thread per element, in blocks of `block`; no block for none.
inline LaunchShape one_thread_each(std::int64_t count, unsigned block = 256) {
  const std::int64_t blocks = (count + block - 1) / block;
  FGCN_CHECK(blocks <= kMaxGrid, "launch: ", count, " threads are too many");
  return {{static_cast<unsigned>(blocks)}, {block}};
}
/// One block per element.
inline LaunchShape one_block_each(std::int64_t count, unsigned block = 256,
                                  std::size_t shared_bytes = 0) {
  FGCN_CHECK(count <= kMaxGrid, "launch: ", count, " blocks are too many");
  return {{static_cast<unsigned>(count)}, {block}, shared_bytes};
}

namespace detail {

/// Implicit conversion to a kernel's parameter: what would not convert in a call does not compile.
template <class T>
T as_parameter(std::type_identity_t<T> value) {
  return value;
}

#ifdef __CUDACC__

/// Throws with the name of the failure.
inline void check_cuda(cudaError_t status, const char* what, const char* file, int line) {
  if (status == cudaSuccess) return;
  const std::string why = text(cudaGetErrorName(status), ", ", cudaGetErrorString(status));
  cudaGetLastError();  // the next launch is not to blame for it
  fail(file, line, what, ": ", why);
}

#else

/// Does the work, or keeps it when work is recorded; it is given the order in which threads run.
/// Defined with the emulator.
void submit(const Context& ctx, std::function<void(const simt::Schedule&)> work);

#endif

}  // namespace detail

/// Starts `kernel` on the context's stream; nothing when the grid is empty. `name` is for messages
/// and lives as long as the program.
/// Errors: fgcn::Error when it cannot be started; what goes wrong in it shows at the next
/// synchronisation (on the emulator: here).
template <class... Params, class... Args>
void launch(const Context& ctx, const char* name, const LaunchShape& shape,
            void (*kernel)(Params...), const Args&... args) {
  static_assert(sizeof...(Params) == sizeof...(Args), "a kernel's arguments");
  if (shape.grid.x == 0 || shape.grid.y == 0 || shape.grid.z == 0) return;
  ctx.runtime().count_launch();
#ifdef __CUDACC__
  constexpr std::size_t kWithoutAsking = 48 << 10;
  if (shape.shared_bytes > kWithoutAsking)
    detail::check_cuda(cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel),
                                            cudaFuncAttributeMaxDynamicSharedMemorySize,
                                            static_cast<int>(shape.shared_bytes)),
                       name, __FILE__, __LINE__);
  kernel<<<dim3(shape.grid.x, shape.grid.y, shape.grid.z),
           dim3(shape.block.x, shape.block.y, shape.block.z), shape.shared_bytes,
           static_cast<cudaStream_t>(ctx.runtime().stream())>>>(
      detail::as_parameter<Params>(args)...);
  detail::check_cuda(cudaGetLastError(), name, __FILE__, __LINE__);
#else
  detail::submit(ctx, [name, shape, kernel,
                       values = std::tuple<Params...>(detail::as_parameter<Params>(args)...)](
                          const simt::Schedule& schedule) {
    simt::run_grid(name, reinterpret_cast<const void*>(kernel),
                   {shape.grid.x, shape.grid.y, shape.grid.z},
                   {shape.block.x, shape.block.y, shape.block.z}, shape.shared_bytes, schedule,
                   [&] { std::apply(kernel, values); });
  });
#endif
}

/// Device memory for the length of one call.
template <class T>
class DeviceScratch {
 public:
  DeviceScratch(const Context& ctx, std::int64_t count)
      : runtime_(ctx.runtime()),
        bytes_(static_cast<std::size_t>(count) * sizeof(T)),
        data_(static_cast<T*>(runtime_.allocate(bytes_))) {}
  DeviceScratch(const DeviceScratch&) = delete;
  DeviceScratch& operator=(const DeviceScratch&) = delete;
  ~DeviceScratch() { runtime_.release(data_, bytes_); }

  T* data() const { return data_; }
  void zero() { runtime_.zero(data_, bytes_); }

 private:
  Runtime& runtime_;
  std::size_t bytes_;
  T* data_;
};

}  // namespace fgcn
