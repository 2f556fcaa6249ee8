// The device as NVIDIA's libraries see it: for host versions of their calls, which stand beside the
// PTX simulator as the simulator stands for libcudart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>

namespace fgcn::ptx {

/// A failure on the device: ends the work at hand and, as on a GPU, every later call with `status`.
class Fault : public std::runtime_error {
 public:
  explicit Fault(const std::string& text, int status = 719)
      : std::runtime_error(text), status_(status) {}

  /// The cudaError_t that the calls of libcudart return from now on; 719 is cudaErrorLaunchFailure.
  int status() const { return status_; }

 private:
  int status_;
};

/// Gives work to a stream: done at once, kept until the host waits (FGCN_PTX_LAZY) or recorded into
/// a graph, which may run it several times. What the work throws is the device's fault.
void submit(void* stream, std::function<void()> work);

/// Guards the whole device. A call of a library holds it from start to end; work that `submit` runs
/// has it already.
std::recursive_mutex& device_lock();

/// The host's bytes of device memory [address, address + bytes); nullptr for no bytes.
/// Errors: Fault that begins with `what`, unless the range lies within one allocation.
std::byte* device_range(const void* address, std::uint64_t bytes, const char* what);

/// Whether [address, address + bytes) lies within one allocation of the device.
bool holds(const void* address, std::uint64_t bytes);

/// Notes that a library wrote these bytes of the device.
void mark_written(const void* address, std::uint64_t bytes);

/// Whether every word of these bytes of the device was written since it was allocated.
bool all_written(const void* address, std::uint64_t bytes);

/// Reports what is wrong with a call of a library: on standard error once, and in the report.
void library_finding(const char* kind, const std::string& text);

}  // namespace fgcn::ptx
