// Where work runs: device, stream, memory and number of threads. Passed to every operator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <typeindex>

namespace fgcn {

enum class Device {
  kCpu,
  kCuda,
  kEmulated,  // the CUDA sources run as C++ (tests and analysis only)
};

const char* name(Device device);

/// A device's memory and order of work. One implementation a device.
class Runtime {
 public:
  Runtime() = default;
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  virtual ~Runtime() = default;

  /// 64-byte aligned or better, unspecified content; from a reusing pool, so that a steady step
  /// asks the system for nothing. nullptr for 0 bytes. Error when there is no memory.
  virtual void* allocate(std::size_t bytes) = 0;
  virtual void release(void* data, std::size_t bytes) noexcept = 0;
  virtual void upload(void* device, const void* host, std::size_t bytes) = 0;
  virtual void download(void* host, const void* device, std::size_t bytes) = 0;
  virtual void copy(void* to, const void* from, std::size_t bytes) = 0;
  virtual void zero(void* data, std::size_t bytes) = 0;
  /// Waits until all work given so far is done; throws what went wrong in it.
  virtual void synchronize() = 0;
  /// The device's stream handle (cudaStream_t; a name for it on the emulator); nullptr on the CPU.
  virtual void* stream() const { return nullptr; }

  /// What a library keeps for this device and its stream, such as a handle: one T, made from the
  /// runtime when first asked for, and gone before the stream is.
  template <class T>
  T& library() {
    std::shared_ptr<void>& slot = libraries_[std::type_index(typeid(T))];
    if (slot == nullptr) slot = std::make_shared<T>(*this);
    return *static_cast<T*>(slot.get());
  }

  /// Memory held now, and the most held at once, by allocations that are in use.
  std::uint64_t bytes_in_use() const { return in_use_; }
  std::uint64_t bytes_peak() const { return peak_; }
  void reset_peak() { peak_ = in_use_; }

 protected:
  void count(std::int64_t delta) {
    in_use_ += static_cast<std::uint64_t>(delta);
    if (in_use_ > peak_) peak_ = in_use_;
  }
  /// First thing in the destructor of a runtime with a stream.
  void drop_libraries() { libraries_.clear(); }

 private:
  std::map<std::type_index, std::shared_ptr<void>> libraries_;
  std::uint64_t in_use_ = 0;
  std::uint64_t peak_ = 0;
};

/// A cheap handle; copies share the runtime. Used from one thread at a time.
class Context {
 public:
  /// Error when this build or this machine has no such device. `threads` 0: as OpenMP does, one a
  /// core unless told otherwise. Results do not depend on it.
  explicit Context(Device device = Device::kCpu, int threads = 0, int ordinal = 0);

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

namespace cuda {
/// Defined in the CUDA objects; a program without them links this as null.
__attribute__((weak)) std::shared_ptr<Runtime> make_runtime(int ordinal);
}  // namespace cuda
namespace emulated {
__attribute__((weak)) std::shared_ptr<Runtime> make_runtime(int ordinal);
}  // namespace emulated

}  // namespace fgcn
