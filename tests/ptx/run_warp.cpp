// One warp: the group of lanes at the lowest place runs until it meets the next group.
#include <algorithm>

#include "tests/ptx/engine.h"

namespace fgcn::ptx {

Engine::Group Engine::choose(const Warp& warp, u32 lanes) {
  Group group;
  const bool at_random = random_lanes_ && (random_() & 3) == 0;
  if (at_random) {
    u32 skip = static_cast<u32>(random_() % static_cast<u32>(std::popcount(lanes)));
    u32 rest = lanes;
    while (skip-- != 0) rest &= rest - 1;
    group.counter = warp.counters[first_lane(rest)];
  } else {
    group.counter = ~0u;
    for (u32 rest = lanes; rest != 0; rest &= rest - 1)
      group.counter = std::min(group.counter, warp.counters[first_lane(rest)]);
  }
  for (u32 rest = lanes; rest != 0; rest &= rest - 1) {
    const u32 lane = first_lane(rest);
    if (warp.counters[lane] == group.counter)
      group.lanes |= 1u << lane;
    else
      group.other = std::min(group.other, warp.counters[lane]);
  }
  group.stretch = kUnlimited;
  if (random_lanes_ && group.lanes != lanes) {
    group.stretch = static_cast<s64>(random_() % 24) + 1;
    group.other = ~0u;  // it may pass the others
  }
  return group;
}

void Engine::branch(Warp& warp, const Instruction& in, Group& group, u32 taken, bool& together) {
  if (taken == group.lanes) {
    group.counter = in.target;
  } else if (taken == 0) {
    ++group.counter;
  } else {
    for (u32 rest = group.lanes; rest != 0; rest &= rest - 1) {
      const u32 lane = first_lane(rest);
      warp.counters[lane] = (taken >> lane & 1) != 0 ? in.target : group.counter + 1;
    }
    together = false;
  }
}

/// Lanes return. Those that wait at an exchange with them wait in vain.
void Engine::leave(Warp& warp, u32 lanes) {
  warp.live &= ~lanes;
  if (lanes == 0) return;
  for (u32 rest = warp.exchanging; rest != 0; rest &= rest - 1) {
    const u32 lane = first_lane(rest);
    const Instruction& waits = kernel_.code[warp.counters[lane]];
    if ((warp.at<u32>(waits.c)[lane] & lanes) != 0)
      fault(warp, waits, lane, "mask that names a lane that has returned");
  }
}

void Engine::wait_at_barrier(Warp& warp, u32 counter, u32 lanes) {
  for (u32 rest = lanes; rest != 0; rest &= rest - 1) {
    const u32 lane = first_lane(rest);
    warp.barriers[lane] = counter;
    warp.counters[lane] = counter + 1;
  }
  warp.barred |= lanes;
}

/// An instruction other than a plain one. False when the group is no longer together; then each
/// lane's counter says where it is.
bool Engine::step(Warp& warp, Group& group) {
  const Instruction& in = kernel_.code[group.counter];
  u32 lanes = group.lanes;
  if (in.guard != 0) {
    const u32 guard = warp.predicate(in.guard);
    lanes &= in.guard_negated ? ~guard : guard;
  }
  bool together = true;
  switch (in.flow) {
    case Flow::kBranch:
      branch(warp, in, group, lanes, together);
      return together;
    case Flow::kExit:
      leave(warp, lanes);
      break;
    case Flow::kBarrier:
      wait_at_barrier(warp, group.counter, lanes);
      break;
    case Flow::kExchange:
      if (lanes == 0 || meet_at_once(warp, in, lanes, group.lanes)) {
        ++group.counter;
        return true;
      }
      for (u32 rest = group.lanes & ~lanes; rest != 0; rest &= rest - 1)
        warp.counters[first_lane(rest)] = group.counter + 1;
      arrive(warp, group.counter, lanes);
      return false;
    case Flow::kTrap:
      if (lanes != 0) fault(warp, in, first_lane(lanes), "trap");
      lanes = 0;
      break;
    case Flow::kNext:
      break;
  }
  group.lanes &= ~lanes;
  ++group.counter;
  return group.lanes != 0;
}

void Engine::run_warp(Warp& warp, s64 budget) {
  const Instruction* code = kernel_.code.data();
  u8* reached = kernel_.counts.reached.data();
  while (budget > 0) {
    const u32 lanes = ready(warp);
    if (lanes == 0) return;
    Group group = choose(warp, lanes);
    bool together = true;
    do {
      const Instruction& in = code[group.counter];
      --budget;
      --group.stretch;
      ++warp_instructions_;
      u32 active = group.lanes;
      if (in.guard != 0) {
        const u32 guard = warp.predicate(in.guard);
        active &= in.guard_negated ? ~guard : guard;
      }
      lane_instructions_ += static_cast<u64>(std::popcount(active));
      reached[group.counter] = 1;
      if (in.flow == Flow::kNext) [[likely]] {
        if (active != 0) in.operation(warp, in, active);
        ++group.counter;
      } else {
        together = step(warp, group);
      }
    } while (together && budget > 0 && group.stretch > 0 && group.counter < group.other);
    if (!together) continue;
    for (u32 rest = group.lanes; rest != 0; rest &= rest - 1)
      warp.counters[first_lane(rest)] = group.counter;
  }
}

}  // namespace fgcn::ptx
