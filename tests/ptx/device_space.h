// The device's memory. Its addresses lie in a region of the process without access, the bytes lie
// elsewhere: a host that follows a device pointer gets a segmentation fault.
#pragma once

#include <deque>
#include <map>
#include <utility>

#include "tests/ptx/types.h"

namespace fgcn::ptx {

struct Allocation {
  u64 begin = 0, end = 0;
};

/// Who touched a word of global memory last, for races between blocks: launch and block.
struct BlockShadow {
  static constexpr u32 kAtomic = 0x80000000u;  // beside the block
  static constexpr u32 kSeveral = ~u32{0};     // blocks that read
  u32 write_launch = 0, write_block = 0, read_launch = 0, read_block = 0;
};

class DeviceSpace {
 public:
  /// 0 when there is no room. Sizes are exact: one byte behind is out of bounds. The bytes are
  /// 0xff, a NaN, and count as unwritten.
  u64 allocate(u64 bytes);
  /// False when no allocation begins there. Its place is not reused before 64 MiB more were freed.
  bool release(u64 address);

  /// Whether the address is one of a device, allocated or not.
  bool is_device(u64 address) const { return address - first_ < kBytes && first_ != 0; }
  /// The allocation that begins at or below the address; nullptr without one.
  const Allocation* at_or_below(u64 address) const;
  bool within_one(u64 address, u64 bytes) const;

  /// Whether [address, address + bytes) lies in one allocation; kernels ask for every access, most
  /// often for the allocation that they asked for last.
  bool reaches(u64 address, u32 bytes) {
    if (address >= recent_.begin && address + bytes <= recent_.end) [[likely]]
      return true;
    return look_up(address, bytes);
  }
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a device's addresses are numbers
  u8* host(u64 address) const { return reinterpret_cast<u8*>(address + backing_); }
  /// One flag a word of four bytes: whether it was written since it was allocated.
  u8* written_flag(u64 address) const { return written_ + (address - first_) / 4; }
  BlockShadow* block_shadow(u64 address) const { return shadow_ + (address - first_) / 4; }
  /// Memory for block_shadow().
  void keep_block_shadow();

  void mark_written(u64 address, u64 bytes);
  bool all_written(u64 address, u64 bytes) const;
  void copy_written(u64 to, u64 from, u64 bytes);

 private:
  static constexpr u64 kBytes = u64{32} << 30;

  void reserve_region();
  bool look_up(u64 address, u32 bytes);

  u64 first_ = 0;    // address
  u64 backing_ = 0;  // from a device's address to the host's, modulo 2^64
  u64 unused_ = 0;   // address from which nothing was ever allocated
  u8* written_ = nullptr;
  BlockShadow* shadow_ = nullptr;
  Allocation recent_;
  std::map<u64, Allocation> allocations_;       // by begin
  std::multimap<u64, u64> free_;                // room -> begin
  std::deque<std::pair<u64, u64>> quarantine_;  // begin, room
  u64 quarantined_ = 0;                         // bytes
};

}  // namespace fgcn::ptx
