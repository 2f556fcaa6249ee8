// Where work runs: device, stream, memory and number of threads. Passed to every operator.
#pragma once

#include <memory>
#include <string>

#include "kernels/core/runtime.h"

namespace fgcn {

enum class Device {
  kCpu,
  kCuda,
  kEmulated,  // the CUDA sources run as C++ (tests and analysis only)
};

const char* name(Device device);

/// One device of several of its kind.
struct DeviceChoice {
  Device device = Device::kCpu;
  int ordinal = 0;
};

/// A cheap handle; copies share the runtime. Used from one thread at a time.
class Context {
 public:
  /// Error when this build or this machine has no such device. `threads` 0: as OpenMP does, one a
  /// core unless told otherwise. Results do not depend on it.
  explicit Context(Device device = Device::kCpu, int threads = 0, int ordinal = 0);
  explicit Context(const DeviceChoice& choice, int threads = 0)
      : Context(choice.device, threads, choice.ordinal) {}

  Device device() const { return device_; }
  int threads() const { return threads_; }
  Runtime& runtime() const { return *runtime_; }
  const std::shared_ptr<Runtime>& shared_runtime() const { return runtime_; }
  void synchronize() const { runtime_->synchronize(); }

 private:
  Device device_;
  int threads_;
  std::shared_ptr<Runtime> runtime_;
};

/// True when a Context for it can be made.
bool available(Device device);

/// The device of a --device option: "cpu"; "cuda" or "cuda:1" (from 0); "auto", the first GPU if
/// there is one, else the CPU; "emulated", in test programs. InputError, with other options to
/// give, when this program or this machine has no such device.
DeviceChoice choose_device(const std::string& name);

namespace cuda {
/// Defined in the CUDA objects; a program without them links these as null.
__attribute__((weak)) std::shared_ptr<Runtime> make_runtime(int ordinal);
/// How many there are; for none, `why_none` says what the driver answered.
__attribute__((weak)) int count_devices(std::string& why_none);
}  // namespace cuda
namespace emulated {
__attribute__((weak)) std::shared_ptr<Runtime> make_runtime(int ordinal);
}  // namespace emulated

}  // namespace fgcn
