// libcudart: memory of the device, memory of the host that the device can read, copies.
#include <cstdlib>
#include <cstring>

#include "kernels/core/error.h"
#include "tests/ptx/library_device.h"
#include "tests/ptx/runtime.h"

namespace fgcn::ptx {
namespace {

u64 number(const void* address) { return reinterpret_cast<u64>(address); }

cudaError_t allocate(void** address, std::size_t bytes) {
  if (address == nullptr) return status(cudaErrorInvalidValue);
  const u64 begin = bytes != 0 ? device().memory.allocate(bytes) : 0;
  if (bytes != 0 && begin == 0) return status(cudaErrorMemoryAllocation);
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a device's addresses are numbers
  *address = reinterpret_cast<void*>(begin);
  return device_status();
}

void release(const void* address) {
  if (!device().memory.release(number(address)))
    library_finding("bad free", "free of what is no allocation, or no longer");
}

bool is_pinned(const void* address) {
  const auto& pinned = device().pinned;
  auto above = pinned.upper_bound(number(address));
  if (above == pinned.begin()) return false;
  --above;
  return number(address) < above->first + above->second;
}

/// A copy's two ends, each of the device or the host.
struct Copy {
  void* to;
  const void* from;
  std::size_t bytes;
  bool to_device, from_device;

  void operator()() const {
    auto* target =
        to_device ? device_range(to, bytes, "copy to the device") : static_cast<std::byte*>(to);
    const auto* source = from_device ? device_range(from, bytes, "copy from the device")
                                     : static_cast<const std::byte*>(from);
    std::memmove(target, source, bytes);
    DeviceSpace& memory = device().memory;
    if (to_device && from_device) {
      memory.copy_written(number(to), number(from), bytes);
    } else if (to_device) {
      memory.mark_written(number(to), bytes);
    } else if (from_device && options().unwritten && !memory.all_written(number(from), bytes)) {
      library_finding("download of unwritten memory", text(bytes, " bytes"));
    }
  }
};

bool direction_fits(const Copy& copy, cudaMemcpyKind kind) {
  switch (kind) {
    case cudaMemcpyHostToDevice:
      return copy.to_device && !copy.from_device;
    case cudaMemcpyDeviceToHost:
      return !copy.to_device && copy.from_device;
    case cudaMemcpyDeviceToDevice:
      return copy.to_device && copy.from_device;
    case cudaMemcpyHostToHost:
      return !copy.to_device && !copy.from_device;
    case cudaMemcpyDefault:
      return true;
  }
  return false;
}

enum class Wait { kNo, kYes };

cudaError_t copy_memory(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                        cudaStream_t stream, Wait wait) {
  Streams& streams = device().streams;
  if (!streams.is_stream(stream)) return status(cudaErrorInvalidResourceHandle);
  if (bytes == 0) return device_status();
  const DeviceSpace& memory = device().memory;
  const Copy copy{to, from, bytes, memory.is_device(number(to)), memory.is_device(number(from))};
  if (!direction_fits(copy, kind)) {
    return host_mistake(cudaErrorInvalidValue, "copy in a wrong direction",
                        text("from the ", copy.from_device ? "device" : "host", " to the ",
                             copy.to_device ? "device" : "host", ", said to be direction ",
                             static_cast<int>(kind)));
  }
  streams.submit(stream, copy);
  // The host's memory that is not pinned is copied before the call returns.
  const bool pageable =
      (!copy.to_device && !is_pinned(to)) || (!copy.from_device && !is_pinned(from));
  const bool waits = wait == Wait::kYes || pageable;
  if (waits && streams.captured(stream) == nullptr) streams.finish_all();
  return device_status();
}

}  // namespace
}  // namespace fgcn::ptx

using namespace fgcn::ptx;

extern "C" {

cudaError_t cudaMalloc(void** address, std::size_t bytes) {
  const std::lock_guard guard(device_lock());
  return allocate(address, bytes);
}

cudaError_t cudaFree(void* address) {
  const std::lock_guard guard(device_lock());
  device().streams.finish_all();
  if (address != nullptr && !device().memory.release(number(address)))
    return host_mistake(cudaErrorInvalidValue, "bad free",
                        "free of what is no allocation, or no longer");
  return device_status();
}

cudaError_t cudaMemPoolCreate(cudaMemPool_t* pool, const cudaMemPoolProps* properties) {
  const std::lock_guard guard(device_lock());
  if (pool == nullptr || properties == nullptr) return status(cudaErrorInvalidValue);
  *pool = static_cast<cudaMemPool_t>(device().streams.pools.add({}));
  return cudaSuccess;
}
cudaError_t cudaMemPoolDestroy(cudaMemPool_t pool) {
  const std::lock_guard guard(device_lock());
  return status(device().streams.pools.remove(pool) ? cudaSuccess : cudaErrorInvalidValue);
}
cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t pool, cudaMemPoolAttr /*attribute*/,
                                    void* value) {
  const std::lock_guard guard(device_lock());
  const bool valid = value != nullptr && device().streams.pools.find(pool) != nullptr;
  return status(valid ? cudaSuccess : cudaErrorInvalidValue);
}

cudaError_t cudaMallocFromPoolAsync(void** address, std::size_t bytes, cudaMemPool_t pool,
                                    cudaStream_t stream) {
  const std::lock_guard guard(device_lock());
  Streams& streams = device().streams;
  if (!streams.is_stream(stream)) return status(cudaErrorInvalidResourceHandle);
  if (streams.pools.find(pool) == nullptr) return status(cudaErrorInvalidValue);
  if (streams.captured(stream) != nullptr)
    return host_mistake(cudaErrorNotSupported, "capture",
                        "cudaMallocFromPoolAsync while its stream is captured");
  return allocate(address, bytes);
}

cudaError_t cudaFreeAsync(void* address, cudaStream_t stream) {
  const std::lock_guard guard(device_lock());
  Streams& streams = device().streams;
  if (!streams.is_stream(stream)) return status(cudaErrorInvalidResourceHandle);
  if (address == nullptr) return device_status();
  if (streams.captured(stream) != nullptr)
    library_finding("capture", "cudaFreeAsync while its stream is captured");
  streams.submit_uncaptured([address] { release(address); });
  return device_status();
}

cudaError_t cudaHostAlloc(void** address, std::size_t bytes, unsigned /*flags*/) {
  constexpr std::size_t kAlignment = 256;
  const std::lock_guard guard(device_lock());
  if (address == nullptr) return status(cudaErrorInvalidValue);
  *address = nullptr;
  if (bytes == 0) return cudaSuccess;
  void* data = std::aligned_alloc(kAlignment, round_up(bytes, kAlignment));
  if (data == nullptr) return status(cudaErrorMemoryAllocation);
  std::memset(data, 0xff, bytes);  // a NaN until it is written
  device().pinned[number(data)] = bytes;
  *address = data;
  return cudaSuccess;
}

cudaError_t cudaFreeHost(void* address) {
  const std::lock_guard guard(device_lock());
  if (address == nullptr) return cudaSuccess;
  device().streams.finish_all();  // which may still read it
  if (device().pinned.erase(number(address)) == 0) return status(cudaErrorInvalidValue);
  std::free(address);
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  const std::lock_guard guard(device_lock());
  return copy_memory(to, from, bytes, kind, stream, Wait::kNo);
}
cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  const std::lock_guard guard(device_lock());
  return copy_memory(to, from, bytes, kind, nullptr, Wait::kYes);
}

cudaError_t cudaMemsetAsync(void* address, int value, std::size_t bytes, cudaStream_t stream) {
  const std::lock_guard guard(device_lock());
  if (!device().streams.is_stream(stream)) return status(cudaErrorInvalidResourceHandle);
  if (bytes == 0) return device_status();
  device().streams.submit(stream, [=] {
    std::memset(device_range(address, bytes, "memset"), value, bytes);
    device().memory.mark_written(number(address), bytes);
  });
  return device_status();
}
cudaError_t cudaMemset(void* address, int value, std::size_t bytes) {
  return cudaMemsetAsync(address, value, bytes, nullptr);
}

}  // extern "C"
