#include "kernels/simt/device_memory.h"

#include <iterator>
#include <utility>

#include "kernels/simt/objects.h"

namespace fgcn::simt {
namespace {

/// A stream's name reaches the libraries through a C interface: nobody can hand over more.
Objects<DeviceMemory*>& devices() {
  static Objects<DeviceMemory*> all;
  return all;
}

}  // namespace

DeviceMemory::DeviceMemory() : stream_(devices().add(this)) {}

DeviceMemory::~DeviceMemory() { devices().remove(stream_); }

void DeviceMemory::add(const void* data, std::size_t bytes) {
  sizes_.emplace(static_cast<const char*>(data), bytes);
}

void DeviceMemory::remove(const void* data) noexcept {
  sizes_.erase(static_cast<const char*>(data));
}

bool DeviceMemory::holds(const void* data, std::size_t bytes) const {
  if (bytes == 0) return true;
  const char* at = static_cast<const char*>(data);
  const auto next = sizes_.upper_bound(at);
  if (next == sizes_.begin()) return false;
  const auto& [begin, size] = *std::prev(next);
  const auto offset = static_cast<std::size_t>(at - begin);
  return offset <= size && bytes <= size - offset;
}

void DeviceMemory::submit(Work work) {
  if (recorded_ != nullptr) {
    recorded_->push_back(std::move(work));
    return;
  }
  ++given_;
  kept_.push_back(std::move(work));
  if (!lazy_) {
    finish(given_);
  } else if (kept_.size() > kMostKept) {
    finish(begun_ + 1);
  }
}

void DeviceMemory::finish(std::uint64_t upto) {
  while (begun_ < upto) {
    const Work work = std::move(kept_.front());
    kept_.pop_front();
    ++begun_;
    const GuardedMemory::Open open(guard_);
    work();
  }
}

void DeviceMemory::look(const Work& work) {
  const GuardedMemory::Open open(guard_);
  work();
}

DeviceMemory* DeviceMemory::of_stream(const void* stream) {
  DeviceMemory** found = devices().find(stream);
  return found == nullptr ? nullptr : *found;
}

VendorDevice* VendorDevice::of_stream(const void* stream) {
  return DeviceMemory::of_stream(stream);
}

}  // namespace fgcn::simt
