// Where the allocations of an emulated device begin and end.
#pragma once

#include <cstddef>
#include <map>

namespace fgcn::simt {

/// The allocations of one emulated device, found through the name of its stream: that is what a
/// library that was given a handle can see of the device.
class DeviceMemory {
 public:
  DeviceMemory();
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;
  ~DeviceMemory();

  void* stream() const { return stream_; }
  void add(const void* data, std::size_t bytes);
  void remove(const void* data) noexcept;

  /// True when `bytes` from `data` on lie in one allocation; 0 bytes lie anywhere.
  bool holds(const void* data, std::size_t bytes) const;

  /// The device that the stream belongs to; null for what is not the stream of a living one.
  static const DeviceMemory* of_stream(const void* stream);

 private:
  std::map<const char*, std::size_t> sizes_;
  void* stream_;
};

}  // namespace fgcn::simt
