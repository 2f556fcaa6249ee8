#include "tests/ptx/engine.h"

#include <algorithm>
#include <cstring>

#include "kernels/core/error.h"
#include "tests/ptx/device.h"

namespace fgcn::ptx {
namespace {

constexpr u8 kUnsetRegister = 0xa5;

/// Writes a value to all lanes.
void fill_constant(const Warp& warp, const Constant& constant) {
  switch (constant.kind) {
    case Constant::Kind::kPredicate:
      warp.predicate(constant.offset) = static_cast<u32>(constant.bits);
      return;
    case Constant::Kind::kWord:
      std::fill_n(warp.at<u32>(constant.offset), kWarpSize, static_cast<u32>(constant.bits));
      return;
    case Constant::Kind::kDouble:
      std::fill_n(warp.at<u64>(constant.offset), kWarpSize, constant.bits);
      return;
  }
}

}  // namespace

Engine::Engine(Kernel& kernel, const Launch& launch, u32 launch_id)
    : kernel_(kernel),
      launch_(launch),
      options_(options()),
      random_(options_.order * 7919 + kernel.counts.launches) {
  random_warps_ = options_.order >= 2;
  random_lanes_ = random_warps_ && (options_.order & 1) != 0;
  block_.kernel = &kernel;
  block_.launch = &launch;
  block_.memory = &device().memory;
  block_.launch_id = launch_id;
  block_.threads = launch.block[0] * launch.block[1] * launch.block[2];
  block_.jitter = options_.jitter;
  block_.race = options_.race;
  block_.unwritten = options_.unwritten;
  block_.block_race = options_.block_race;
  if (block_.block_race) block_.memory->keep_block_shadow();
  allocate();
}

void Engine::allocate() {
  constexpr std::size_t kLine = 64;
  const u32 warps = (block_.threads + kWarpSize - 1) / kWarpSize;
  const std::size_t each = kernel_.register_bytes;
  memory_.assign(warps * each + kLine, kUnsetRegister);
  const auto begin = reinterpret_cast<std::size_t>(memory_.data());
  u8* registers = memory_.data() + (round_up(begin, kLine) - begin);
  warps_.resize(warps);
  for (u32 i = 0; i < warps; ++i) {
    warps_[i].registers = registers + i * each;
    warps_[i].index = i;
    warps_[i].block = &block_;
    for (const Constant& constant : kernel_.constants) fill_constant(warps_[i], constant);
  }
  block_.shared.resize(kernel_.dynamic_offset + launch_.dynamic_shared);
  block_.local.assign(std::size_t{kernel_.local_bytes} * warps * kWarpSize, 0xff);
}

u32 Engine::special(Special which, u32 warp, u32 lane) const {
  const u32* size = launch_.block;
  const u32 thread = warp * kWarpSize + lane;
  switch (which) {
    case Special::kThreadX:
      return thread % size[0];
    case Special::kThreadY:
      return thread / size[0] % size[1];
    case Special::kThreadZ:
      return thread / size[0] / size[1];
    case Special::kThreadsX:
      return size[0];
    case Special::kThreadsY:
      return size[1];
    case Special::kThreadsZ:
      return size[2];
    case Special::kBlockX:
      return block_.id[0];
    case Special::kBlockY:
      return block_.id[1];
    case Special::kBlockZ:
      return block_.id[2];
    case Special::kBlocksX:
      return launch_.grid[0];
    case Special::kBlocksY:
      return launch_.grid[1];
    case Special::kBlocksZ:
      return launch_.grid[2];
    case Special::kLane:
      return lane;
    case Special::kWarp:
      return warp;
    case Special::kWarps:
      return static_cast<u32>(warps_.size());
    case Special::kLanesBelow:
      return (1u << lane) - 1;
    case Special::kLanesUpTo:
      return (2u << lane) - 1;
    case Special::kLanesAbove:
      return ~((2u << lane) - 1);
    case Special::kLanesFrom:
      return ~((1u << lane) - 1);
    case Special::kLaneBit:
      return 1u << lane;
    case Special::kClock:
      return static_cast<u32>(warp_instructions_);
    case Special::kDynamicShared:
      return launch_.dynamic_shared;
  }
  return 0;
}

void Engine::start_warp(Warp& warp) {
  const u32 threads = block_.threads - warp.index * kWarpSize;
  warp.exists = threads >= kWarpSize ? kAllLanes : (1u << threads) - 1;
  warp.live = warp.exists;
  warp.exchanging = 0;
  warp.barred = 0;
  std::fill_n(warp.counters, kWarpSize, 0);
  warp.clock = 1;
  warp.ordered = 0;
  if (warp.has_pairs) std::memset(warp.pair_ordered, 0, sizeof warp.pair_ordered);
  warp.has_pairs = false;
  for (const auto& [offset, which] : kernel_.specials) {
    for (u32 lane = 0; lane < kWarpSize; ++lane)
      warp.at<u32>(offset)[lane] = special(which, warp.index, lane);
  }
}

void Engine::start_block(u64 linear) {
  block_.linear = static_cast<u32>(linear);
  block_.id[0] = static_cast<u32>(linear % launch_.grid[0]);
  block_.id[1] = static_cast<u32>(linear / launch_.grid[0] % launch_.grid[1]);
  block_.id[2] = static_cast<u32>(linear / launch_.grid[0] / launch_.grid[1]);
  block_.epoch = 1;
  std::fill(block_.shared.begin(), block_.shared.end(), 0xff);
  block_.shadow.assign((block_.shared.size() + 3) / 4 + 4, SharedShadow{});
  const auto close = [&](u32 begin, u32 end) {
    const std::size_t words = std::min<std::size_t>(end / 4, block_.shadow.size());
    for (std::size_t word = begin / 4; word < words; ++word) block_.shadow[word].gap = true;
  };
  for (const auto& [begin, end] : kernel_.gaps) close(begin, end);
  if (!kernel_.gaps.empty()) close(kernel_.gaps.back().second, kernel_.dynamic_offset);
  for (Warp& warp : warps_) start_warp(warp);
}

/// A warp at random, now and then not to its end.
bool Engine::run_some_warp() {
  std::vector<u32> able;
  for (const Warp& warp : warps_) {
    if (ready(warp) != 0) able.push_back(warp.index);
  }
  if (able.empty()) return false;
  Warp& warp = warps_[able[random_() % able.size()]];
  const bool all = (random_() & 1) != 0;
  run_warp(warp, all ? kUnlimited : static_cast<s64>(random_() % 300) + 1);
  return true;
}

bool Engine::run_each_warp() {
  const bool reverse = options_.order == 1;
  bool ran = false;
  for (std::size_t i = 0; i < warps_.size(); ++i) {
    Warp& warp = warps_[reverse ? warps_.size() - 1 - i : i];
    if (ready(warp) == 0) continue;
    run_warp(warp, kUnlimited);
    ran = true;
  }
  return ran;
}

void Engine::fault_deadlock() {
  for (const Warp& warp : warps_) {
    const u32 stuck = warp.exchanging & warp.live;
    if (stuck == 0) continue;
    const u32 lane = first_lane(stuck);
    fault(warp, kernel_.code[warp.counters[lane]], lane,
          "deadlock: an exchange that not all lanes of its mask reach");
  }
  const auto found =
      std::find_if(warps_.begin(), warps_.end(), [](const Warp& w) { return w.live != 0; });
  const u32 lane = first_lane(found->live);
  fault(*found, kernel_.code[found->counters[lane]], lane, "deadlock");
}

bool Engine::pass_barrier() {
  u32 live = 0, barred = 0, exists = 0;
  const Warp* some = nullptr;
  for (const Warp& warp : warps_) {
    live += static_cast<u32>(std::popcount(warp.live));
    barred += static_cast<u32>(std::popcount(warp.barred & warp.live));
    exists += static_cast<u32>(std::popcount(warp.exists));
    if (warp.live != 0) some = &warp;
  }
  if (live == 0) return false;
  if (barred != live) fault_deadlock();
  const u32 lane = first_lane(some->live);
  const u32 barrier = some->barriers[lane];
  if (live != exists)
    fault(*some, kernel_.code[barrier], lane,
          text("barrier after ", exists - live, " threads have returned"));
  for (Warp& warp : warps_) {
    for (u32 rest = warp.live; rest != 0; rest &= rest - 1) {
      if (warp.barriers[first_lane(rest)] != barrier)
        fault(warp, kernel_.code[barrier], first_lane(rest), "threads wait at different barriers");
    }
  }
  for (Warp& warp : warps_) warp.barred = 0;
  ++block_.epoch;
  return true;
}

void Engine::run_block() {
  for (;;) {
    const bool ran = random_warps_ ? run_some_warp() : run_each_warp();
    if (!ran && !pass_barrier()) return;
  }
}

void Engine::run_grid() {
  const u64 blocks = u64{launch_.grid[0]} * launch_.grid[1] * launch_.grid[2];
  std::vector<u32> shuffled;
  if (random_warps_) {
    shuffled.resize(blocks);
    for (u64 i = 0; i < blocks; ++i) shuffled[i] = static_cast<u32>(i);
    std::shuffle(shuffled.begin(), shuffled.end(), random_);
  }
  for (u64 i = 0; i < blocks; ++i) {
    const u64 forward = random_warps_ ? shuffled[i] : i;
    start_block(options_.order == 1 ? blocks - 1 - i : forward);
    run_block();
  }
}

}  // namespace fgcn::ptx
