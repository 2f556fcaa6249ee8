// Threads of one block that meet in shared memory: what lies between two accesses of a word.
#include <algorithm>

#include "kernels/core/error.h"
#include "tests/ptx/memory_checks.h"

namespace fgcn::ptx {
namespace {

/// Whether an exchange of both lanes came after the clock `since`.
bool lanes_ordered(const Warp& warp, u32 lane, u32 other, u32 since) {
  const u32 at =
      warp.has_pairs ? std::max(warp.ordered, warp.pair_ordered[lane][other]) : warp.ordered;
  return at > since;
}

bool ordered_with_all(const Warp& warp, u32 lane, u32 since) {
  for (u32 other = 0; other < kWarpSize; ++other) {
    const bool counts = other != lane && (warp.exists >> other & 1) != 0;
    if (counts && !lanes_ordered(warp, lane, other, since)) return false;
  }
  return true;
}

bool write_is_ordered(const Access& access, const SharedShadow& shadow, u32 thread) {
  if (shadow.write_epoch != access.warp.block->epoch || shadow.writer == thread) return true;
  return shadow.writer / kWarpSize == access.warp.index &&
         lanes_ordered(access.warp, access.lane, shadow.writer % kWarpSize, shadow.write_clock);
}

bool reads_are_ordered(const Access& access, const SharedShadow& shadow, u32 thread) {
  const Warp& warp = access.warp;
  if (shadow.read_epoch != warp.block->epoch || shadow.reader == thread) return true;
  if (shadow.reader == SharedShadow::kSeveralWarps) return false;
  if ((shadow.reader & SharedShadow::kSeveralLanes) != 0)
    return (shadow.reader & ~SharedShadow::kSeveralLanes) == static_cast<int>(warp.index) &&
           ordered_with_all(warp, access.lane, shadow.read_clock);
  return shadow.reader / kWarpSize == warp.index &&
         lanes_ordered(warp, access.lane, shadow.reader % kWarpSize, shadow.read_clock);
}

std::string readers(u16 reader) {
  if (reader == SharedShadow::kSeveralWarps) return "threads of several warps";
  if ((reader & SharedShadow::kSeveralLanes) != 0)
    return text("lanes of warp ", reader & ~SharedShadow::kSeveralLanes);
  return text("thread ", reader);
}

[[gnu::cold, gnu::noinline]] void note_write_race(const Access& access, u64 word, u16 writer) {
  note(access.warp, access.in, access.lane,
       is_write(access.touch) ? "race, write after write in shared memory"
                              : "race, read after write in shared memory",
       text("offset ", word * 4, ", written by thread ", writer));
}
[[gnu::cold, gnu::noinline]] void note_read_race(const Access& access, u64 word, u16 reader) {
  note(access.warp, access.in, access.lane, "race, write after read in shared memory",
       text("offset ", word * 4, ", read by ", readers(reader)));
}
[[gnu::cold, gnu::noinline]] void note_unwritten(const Access& access, u64 word) {
  note(access.warp, access.in, access.lane, "read of unwritten shared memory",
       text("offset ", word * 4));
}
[[gnu::cold, gnu::noinline, noreturn]] void fault_gap(const Access& access) {
  fault(access.warp, access.in, access.lane,
        text("shared ", is_write(access.touch) ? "store" : "load", " outside its array, offset ",
             access.address),
        700);
}

/// The reader of a word that had a reader before in this interval.
u16 joined_readers(u16 before, u32 thread, u32 warp) {
  if (before == thread) return before;
  u32 warp_before = before / kWarpSize;
  if (before == SharedShadow::kSeveralWarps) return before;
  if ((before & SharedShadow::kSeveralLanes) != 0)
    warp_before = before & ~static_cast<u32>(SharedShadow::kSeveralLanes);
  return warp_before == warp ? static_cast<u16>(SharedShadow::kSeveralLanes | warp)
                             : SharedShadow::kSeveralWarps;
}

}  // namespace

void check_shared(const Access& access) {
  Block& block = *access.warp.block;
  const bool write = is_write(access.touch);
  const bool race = block.race && !is_atomic(access.touch);
  const u32 thread = access.warp.index * kWarpSize + access.lane;
  const u64 last = (access.address + access.bytes - 1) / 4;
  for (u64 word = access.address / 4; word <= last; ++word) {
    SharedShadow& shadow = block.shadow[word];
    if (shadow.gap) [[unlikely]]
      fault_gap(access);
    if (!write && !shadow.written && block.unwritten) [[unlikely]]
      note_unwritten(access, word);
    if (race) {
      if (!write_is_ordered(access, shadow, thread)) [[unlikely]]
        note_write_race(access, word, shadow.writer);
      if (write && !reads_are_ordered(access, shadow, thread)) [[unlikely]]
        note_read_race(access, word, shadow.reader);
    }
    if (write) {
      shadow.write_epoch = block.epoch;
      shadow.write_clock = access.warp.clock;
      shadow.writer = static_cast<u16>(thread);
      shadow.written = true;
    } else {
      shadow.reader = shadow.read_epoch == block.epoch
                          ? joined_readers(shadow.reader, thread, access.warp.index)
                          : static_cast<u16>(thread);
      shadow.read_epoch = block.epoch;
      shadow.read_clock = access.warp.clock;
    }
  }
}

}  // namespace fgcn::ptx
