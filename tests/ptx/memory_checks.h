// Checks of a lane's access to memory. The usual case is here, to be inlined; faults are reported
// elsewhere.
#pragma once

#include "tests/ptx/operations.h"
#include "tests/ptx/warp.h"

namespace fgcn::ptx {

enum class Touch : u8 { kRead, kWrite, kAtomicRead, kAtomicWrite };

constexpr bool is_write(Touch touch) {
  return touch == Touch::kWrite || touch == Touch::kAtomicWrite;
}
constexpr bool is_atomic(Touch touch) {
  return touch == Touch::kAtomicRead || touch == Touch::kAtomicWrite;
}

/// An access of one lane.
struct Access {
  const Warp& warp;
  const Instruction& in;
  u32 lane;
  u64 address;  // within `space`
  u32 bytes;
  Space space;
  Touch touch;
};

/// Throws the fault of an address outside of the space that the instruction is for.
[[noreturn]] void fault_out_of_space(const Access& access);
[[noreturn]] void fault_misaligned(const Access& access);

void note_unwritten_global(const Access& access, u64 address);
/// Races between blocks; the words of the access take note of it.
void check_block_race(const Access& access, u64 address);
/// Gaps, unwritten words, races between threads of the block.
void check_shared(const Access& access);

inline void check_global(const Access& access) {
  const Block& block = *access.warp.block;
  u8* written = block.memory->written_flag(access.address);
  const u64 first = access.address & ~u64{3};
  for (u64 word = first; word < access.address + access.bytes; word += 4, ++written) {
    if (is_write(access.touch))
      *written = 1;
    else if (*written == 0 && block.unwritten) [[unlikely]]
      note_unwritten_global(access, word);
    if (block.block_race) [[unlikely]]
      check_block_race(access, word);
  }
}

inline u8* place_in_global(const Access& access) {
  DeviceSpace& memory = *access.warp.block->memory;
  if (!memory.reaches(access.address, access.bytes)) [[unlikely]]
    fault_out_of_space(access);
  check_global(access);
  return memory.host(access.address);
}

inline u8* place_in_shared(const Access& access) {
  Block& block = *access.warp.block;
  const u64 size = block.shared.size();
  if (access.address >= size || access.address + access.bytes > size) [[unlikely]]
    fault_out_of_space(access);
  check_shared(access);
  return block.shared.data() + access.address;
}

inline u8* place_in_local(const Access& access) {
  Block& block = *access.warp.block;
  const u64 size = block.kernel->local_bytes;
  if (access.address >= size || access.address + access.bytes > size || is_atomic(access.touch))
      [[unlikely]]
    fault_out_of_space(access);
  const u64 thread = access.warp.index * kWarpSize + access.lane;
  return block.local.data() + thread * size + access.address;
}

/// The host's bytes of an access to `kSpace`; checks all that can be checked.
template <Space kSpace>
inline u8* place_of(const Warp& warp, const Instruction& in, u32 lane, u64 address, u32 bytes,
                    Touch touch) {
  Access access{warp, in, lane, address, bytes, kSpace, touch};
  if ((address & (bytes - 1)) != 0) [[unlikely]]
    fault_misaligned(access);
  if constexpr (kSpace == Space::kGeneric) {
    constexpr u64 kWindow = u64{0xff} << 56;
    if ((address & kWindow) == kSharedWindow) {
      access.address -= kSharedWindow;
      access.space = Space::kShared;
      return place_in_shared(access);
    }
    if ((address & kWindow) == kLocalWindow) {
      access.address -= kLocalWindow;
      access.space = Space::kLocal;
      return place_in_local(access);
    }
    access.space = Space::kGlobal;
    return place_in_global(access);
  } else if constexpr (kSpace == Space::kShared) {
    return place_in_shared(access);
  } else if constexpr (kSpace == Space::kLocal) {
    return place_in_local(access);
  } else {
    return place_in_global(access);
  }
}

}  // namespace fgcn::ptx
