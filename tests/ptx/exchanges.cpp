// Instructions in which the lanes of a warp meet.
#include <algorithm>
#include <cstring>

#include "kernels/core/error.h"
#include "tests/ptx/engine.h"

namespace fgcn::ptx {
namespace {

template <class F>
void for_each_lane(u32 lanes, F body) {
  for (u32 rest = lanes; rest != 0; rest &= rest - 1) body(first_lane(rest));
}

void write_all(const Warp& warp, u32 offset, u32 lanes, u32 value) {
  for_each_lane(lanes, [&](u32 lane) { warp.at<u32>(offset)[lane] = value; });
}

void write_predicate(const Warp& warp, u32 offset, u32 lanes, u32 value) {
  u32& predicate = warp.predicate(offset);
  predicate = (predicate & ~lanes) | (value & lanes);
}

struct Partner {
  u32 lane;
  bool valid;  // out of its segment, a lane keeps its own value
};

/// Where a lane takes its value from, as PTX's manual has it: the third operand holds a segment
/// mask in bits 8 to 12 and a clamp in the low five.
Partner partner_of(Shuffle shuffle, u32 lane, u32 by, u32 limits) {
  by &= 31;
  const u32 clamp = limits & 31, segment = limits >> 8 & 31;
  const u32 lowest = lane & segment;
  const u32 bound = lowest | (clamp & ~segment);
  switch (shuffle) {
    case Shuffle::kButterfly:
      return {lane ^ by, (lane ^ by) <= bound};
    case Shuffle::kIndex: {
      const u32 index = lowest | (by & ~segment);
      return {index, index <= bound};
    }
    case Shuffle::kUp:
      return {lane - by, static_cast<s32>(lane - by) >= static_cast<s32>(bound)};
    case Shuffle::kDown:
      return {lane + by, lane + by <= bound};
  }
  return {lane, false};
}

void vote(const Warp& warp, const Instruction& in, u32 lanes) {
  u32 votes = warp.predicate(in.a);
  if (in.source_negated) votes = ~votes;
  votes &= lanes;
  if (in.exchange == Exchange::kBallot) {
    write_all(warp, in.d, lanes, votes);
    return;
  }
  bool result = votes == lanes;
  if (in.exchange == Exchange::kAny) result = votes != 0;
  if (in.exchange == Exchange::kUniform) result = votes == lanes || votes == 0;
  write_predicate(warp, in.d, lanes, result ? lanes : 0);
}

template <class T>
void match(const Warp& warp, const Instruction& in, u32 lanes) {
  const T* values = warp.at<T>(in.a);
  u32 same[kWarpSize];
  for_each_lane(lanes, [&](u32 lane) {
    same[lane] = 0;
    for_each_lane(lanes, [&](u32 other) {
      same[lane] |= static_cast<u32>(values[lane] == values[other]) << other;
    });
  });
  if (in.exchange == Exchange::kMatchAny) {
    for_each_lane(lanes, [&](u32 lane) { warp.at<u32>(in.d)[lane] = same[lane]; });
    return;
  }
  const bool all = same[first_lane(lanes)] == lanes;
  write_all(warp, in.d, lanes, all ? lanes : 0);
  if (in.predicate != 0) write_predicate(warp, in.predicate, lanes, all ? lanes : 0);
}

u32 reduced(Reduction reduction, u32 a, u32 b) {
  const s32 signed_a = static_cast<s32>(a), signed_b = static_cast<s32>(b);
  switch (reduction) {
    case Reduction::kAdd:
      return a + b;
    case Reduction::kMinSigned:
      return static_cast<u32>(std::min(signed_a, signed_b));
    case Reduction::kMin:
      return std::min(a, b);
    case Reduction::kMaxSigned:
      return static_cast<u32>(std::max(signed_a, signed_b));
    case Reduction::kMax:
      return std::max(a, b);
    case Reduction::kAnd:
      return a & b;
    case Reduction::kOr:
      return a | b;
    case Reduction::kXor:
      return a ^ b;
  }
  return 0;
}

void reduce(const Warp& warp, const Instruction& in, u32 lanes) {
  const u32* values = warp.at<u32>(in.a);
  u32 result = values[first_lane(lanes)];
  for_each_lane(lanes & (lanes - 1), [&](u32 lane) {
    result = reduced(static_cast<Reduction>(in.variant), result, values[lane]);
  });
  write_all(warp, in.d, lanes, result);
}

}  // namespace

/// Memory of these lanes before is seen by them after.
void Engine::order_lanes(Warp& warp, u32 lanes) {
  ++warp.clock;
  if ((lanes & warp.live) == warp.live) {
    warp.ordered = warp.clock;
    return;
  }
  warp.has_pairs = true;
  for_each_lane(lanes, [&](u32 lane) {
    for_each_lane(lanes, [&](u32 other) { warp.pair_ordered[lane][other] = warp.clock; });
  });
}

void Engine::shuffle(Warp& warp, const Instruction& in, u32 lanes) {
  const u32* values = warp.at<u32>(in.a);
  u32 result[kWarpSize];
  u32 valid = 0;
  for_each_lane(lanes, [&](u32 lane) {
    Partner partner = partner_of(static_cast<Shuffle>(in.variant), lane, warp.at<u32>(in.b)[lane],
                                 warp.at<u32>(in.e)[lane]);
    if (!partner.valid) partner.lane = lane;
    if ((lanes >> partner.lane & 1) == 0)
      fault(warp, in, lane,
            text("exchange with lane ", partner.lane, ", which is not in the mask"));
    result[lane] = values[partner.lane];
    valid |= static_cast<u32>(partner.valid) << lane;
  });
  for_each_lane(lanes, [&](u32 lane) { warp.at<u32>(in.d)[lane] = result[lane]; });
  if (in.predicate != 0) write_predicate(warp, in.predicate, lanes, valid);
  if (!options_.strict_shuffle) order_lanes(warp, lanes);
}

void Engine::exchange(Warp& warp, const Instruction& in, u32 lanes) {
  switch (in.exchange) {
    case Exchange::kShuffle:
      shuffle(warp, in, lanes);
      return;
    case Exchange::kSync:
      order_lanes(warp, lanes);
      return;
    case Exchange::kBallot:
    case Exchange::kAny:
    case Exchange::kAll:
    case Exchange::kUniform:
      vote(warp, in, lanes);
      return;
    case Exchange::kMatchAny:
    case Exchange::kMatchAll:
      if (in.variant == 8)
        match<u64>(warp, in, lanes);
      else
        match<u32>(warp, in, lanes);
      return;
    case Exchange::kReduce:
      reduce(warp, in, lanes);
      return;
    case Exchange::kNone:
      return;
  }
}

/// The usual case: a whole group comes, and each of its lanes names exactly the group.
bool Engine::meet_at_once(Warp& warp, const Instruction& in, u32 lanes, u32 group) {
  if (lanes != group || (lanes & ~warp.live) != 0) return false;
  const u32* masks = warp.at<u32>(in.c);
  for (u32 rest = lanes; rest != 0; rest &= rest - 1) {
    if (masks[first_lane(rest)] != lanes) return false;
  }
  exchange(warp, in, lanes);
  return true;
}

void Engine::check_mask(const Warp& warp, const Instruction& in, u32 lane, u32 mask) {
  if ((mask >> lane & 1) == 0) fault(warp, in, lane, "mask without the calling lane");
  if ((mask & ~warp.exists) != 0)
    fault(warp, in, lane, "mask that names a lane that does not exist");
  if ((mask & ~warp.live) != 0) fault(warp, in, lane, "mask that names a lane that has returned");
}

/// Lanes come to an exchange and wait there until all whom their mask names are there.
void Engine::arrive(Warp& warp, u32 counter, u32 lanes) {
  const Instruction& in = kernel_.code[counter];
  const u32* masks = warp.at<u32>(in.c);
  for_each_lane(lanes, [&](u32 lane) {
    check_mask(warp, in, lane, masks[lane]);
    warp.counters[lane] = counter;
  });
  warp.exchanging |= lanes;
  u32 rest = lanes;
  while (rest != 0) {
    const u32 mask = masks[first_lane(rest)];
    rest &= ~mask;  // lanes of one mask need one look; a lane is in its own
    bool all = (warp.exchanging & mask) == mask;
    for (u32 others = mask; all && others != 0; others &= others - 1) {
      const u32 lane = first_lane(others);
      all = warp.counters[lane] == counter && masks[lane] == mask;
    }
    if (!all) continue;
    exchange(warp, in, mask);
    warp.exchanging &= ~mask;
    for_each_lane(mask, [&](u32 lane) { warp.counters[lane] = counter + 1; });
  }
}

}  // namespace fgcn::ptx
