// Where the allocations of an emulated device begin and end.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "kernels/simt/guarded_memory.h"

namespace fgcn::simt {

/// The allocations of one emulated device, found through the name of its stream: that is what a
/// library that was given a handle can see of the device. And the way to give the device work.
class DeviceMemory {
 public:
  using Work = std::function<void()>;

  DeviceMemory();
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;
  ~DeviceMemory();

  void* stream() const { return stream_; }
  void add(const void* data, std::size_t bytes);
  void remove(const void* data) noexcept;

  /// True when `bytes` from `data` on lie in one allocation; 0 bytes lie anywhere.
  bool holds(const void* data, std::size_t bytes) const;

  /// Does the work, or keeps it when work is recorded.
  void submit(Work work) const {
    if (recorded_ != nullptr) {
      recorded_->push_back(std::move(work));
    } else {
      const GuardedMemory::Open open(guard_);
      work();
    }
  }
  /// The memory is guarded from now on; not owned.
  void guard_with(GuardedMemory* guard) { guard_ = guard; }
  /// Where work goes from now on; null: it is done at once.
  void record_into(std::vector<Work>* recorded) { recorded_ = recorded; }

  /// The device that the stream belongs to; null for what is not the stream of a living one.
  static const DeviceMemory* of_stream(const void* stream);

 private:
  std::map<const char*, std::size_t> sizes_;
  std::vector<Work>* recorded_ = nullptr;
  GuardedMemory* guard_ = nullptr;
  void* stream_;
};

}  // namespace fgcn::simt
