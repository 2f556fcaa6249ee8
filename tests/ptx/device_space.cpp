#include "tests/ptx/device_space.h"

#include <sys/mman.h>

#include <cstring>
#include <new>

namespace fgcn::ptx {
namespace {

constexpr u64 kAlignment = 512;  // of cudaMalloc: more than the 256 that are promised
constexpr u64 kGuard = 256;      // nobody's bytes behind each allocation
constexpr u64 kQuarantine = u64{64} << 20;

/// Memory that costs nothing before it is touched.
u8* reserve(u64 bytes, int protection) {
  void* data = mmap(nullptr, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) throw std::bad_alloc();
  return static_cast<u8*>(data);
}

u64 room_for(u64 bytes) { return round_up(bytes + kGuard, kAlignment) + kAlignment; }

}  // namespace

void DeviceSpace::reserve_region() {
  if (first_ != 0) return;
  const u64 first = reinterpret_cast<u64>(reserve(kBytes, PROT_NONE));
  backing_ = reinterpret_cast<u64>(reserve(kBytes, PROT_READ | PROT_WRITE)) - first;
  written_ = reserve(kBytes / 4, PROT_READ | PROT_WRITE);
  unused_ = first + 4096;
  first_ = first;
}

void DeviceSpace::keep_block_shadow() {
  reserve_region();
  if (shadow_ == nullptr)
    shadow_ = reinterpret_cast<BlockShadow*>(
        reserve(kBytes / 4 * sizeof(BlockShadow), PROT_READ | PROT_WRITE));
}

u64 DeviceSpace::allocate(u64 bytes) {
  reserve_region();
  if (bytes > kBytes) return 0;
  const u64 room = room_for(bytes);
  u64 begin = 0;
  const auto reused = free_.lower_bound(room);
  if (reused != free_.end() && reused->first <= room + room / 4) {
    begin = reused->second;
    free_.erase(reused);
  } else {
    begin = round_up(unused_, kAlignment);
    if (begin + room > first_ + kBytes) return 0;
    unused_ = begin + room;
  }
  allocations_[begin] = {begin, begin + bytes};
  std::memset(host(begin), 0xff, bytes);
  std::memset(written_flag(begin), 0, (bytes + 3) / 4);
  recent_ = {};
  return begin;
}

bool DeviceSpace::release(u64 address) {
  const auto found = allocations_.find(address);
  if (found == allocations_.end()) return false;
  const u64 room = room_for(found->second.end - found->second.begin);
  allocations_.erase(found);
  recent_ = {};
  quarantine_.emplace_back(address, room);
  quarantined_ += room;
  while (quarantined_ > kQuarantine) {
    const auto [begin, freed] = quarantine_.front();
    quarantine_.pop_front();
    quarantined_ -= freed;
    free_.emplace(freed, begin);
  }
  return true;
}

const Allocation* DeviceSpace::at_or_below(u64 address) const {
  auto above = allocations_.upper_bound(address);
  return above == allocations_.begin() ? nullptr : &(--above)->second;
}

bool DeviceSpace::within_one(u64 address, u64 bytes) const {
  const Allocation* found = at_or_below(address);
  return found != nullptr && bytes <= found->end - found->begin && address <= found->end - bytes;
}

bool DeviceSpace::look_up(u64 address, u32 bytes) {
  if (!within_one(address, bytes)) return false;
  recent_ = *at_or_below(address);
  return true;
}

void DeviceSpace::mark_written(u64 address, u64 bytes) {
  if (bytes == 0) return;
  u8* from = written_flag(address);
  std::memset(from, 1, static_cast<std::size_t>(written_flag(address + bytes - 1) - from + 1));
}

bool DeviceSpace::all_written(u64 address, u64 bytes) const {
  if (bytes == 0) return true;
  const u8* from = written_flag(address);
  const auto words = static_cast<std::size_t>(written_flag(address + bytes - 1) - from + 1);
  return std::memchr(from, 0, words) == nullptr;
}

void DeviceSpace::copy_written(u64 to, u64 from, u64 bytes) {
  std::memmove(written_flag(to), written_flag(from), (bytes + 3) / 4);
}

}  // namespace fgcn::ptx
