// Where the allocations of an emulated device begin and end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <vector>

#include "kernels/simt/guarded_memory.h"
#include "kernels/simt/vendor/vendor_device.h"

namespace fgcn::simt {

/// The allocations of one emulated device, found through the name of its stream: that is what a
/// library that was given a handle can see of the device. And the way to give the device work.
class DeviceMemory final : public VendorDevice {
 public:
  DeviceMemory();
  ~DeviceMemory() override;

  void* stream() const { return stream_; }
  void add(const void* data, std::size_t bytes);
  void remove(const void* data) noexcept;

  bool holds(const void* data, std::size_t bytes) const override;
  void look(const Work& work) override;
  const void* to_read(const void* data, std::size_t /*bytes*/) override { return data; }
  void* to_write(void* data, std::size_t /*bytes*/) override { return data; }

  /// Does the work; or keeps it until finish(), when the device is lazy; or until it is done again
  /// and again, when work is recorded.
  void submit(Work work) override;
  /// Pieces of work given so far, which count from 1; what is recorded does not count.
  std::uint64_t given() const { return given_; }
  /// The last one that was begun.
  std::uint64_t begun() const { return begun_; }
  /// Does what was kept, up to and with that number. Throws what goes wrong in it; a piece that
  /// failed is not done again.
  void finish(std::uint64_t upto);
  /// Work waits for finish() from now on, as long as there is room: a GPU's queue ends somewhere.
  void be_lazy() { lazy_ = true; }
  /// The memory is guarded from now on; not owned.
  void guard_with(GuardedMemory* guard) { guard_ = guard; }
  /// Where work goes from now on; null: it is done at once.
  void record_into(std::vector<Work>* recorded) { recorded_ = recorded; }

  /// The device that the stream belongs to; null for what is not the stream of a living one.
  static DeviceMemory* of_stream(const void* stream);

 private:
  static constexpr std::size_t kMostKept = 1024;

  std::map<const char*, std::size_t> sizes_;
  std::uint64_t given_ = 0;
  std::uint64_t begun_ = 0;
  bool lazy_ = false;
  std::deque<Work> kept_;
  std::vector<Work>* recorded_ = nullptr;
  GuardedMemory* guard_ = nullptr;
  void* stream_;
};

}  // namespace fgcn::simt
