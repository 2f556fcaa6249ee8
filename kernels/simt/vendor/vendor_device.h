// The device that NVIDIA's libraries see: the one whose stream their handle was given.
#pragma once

#include <cstddef>
#include <functional>

namespace fgcn::simt {

/// The host versions of the libraries' calls compute on any device that has this: the emulated one
/// (device_memory.h), and the simulator of PTX (tests/ptx).
class VendorDevice {
 public:
  using Work = std::function<void()>;

  VendorDevice() = default;
  VendorDevice(const VendorDevice&) = delete;
  VendorDevice& operator=(const VendorDevice&) = delete;
  virtual ~VendorDevice() = default;

  /// True when `bytes` from `data` on lie in one allocation; 0 bytes lie anywhere.
  virtual bool holds(const void* data, std::size_t bytes) const = 0;
  /// Does the work now, or when the device comes to it.
  virtual void submit(Work work) = 0;
  /// Runs at once what only reads the device's memory as it is now: a library's checks.
  virtual void look(const Work& work) = 0;
  /// Where the host finds what the device has at an address, to read it or to write all of it.
  /// Valid within work given to submit() or look().
  virtual const void* to_read(const void* data, std::size_t bytes) = 0;
  virtual void* to_write(void* data, std::size_t bytes) = 0;

  /// Null for what is not the stream of a living device. Defined with the device.
  static VendorDevice* of_stream(const void* stream);
};

}  // namespace fgcn::simt
