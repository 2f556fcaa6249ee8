// Runs a grid, block after block: warps whose lanes have a program counter each.
#pragma once

#include <bit>
#include <random>
#include <vector>

#include "tests/ptx/options.h"
#include "tests/ptx/warp.h"

namespace fgcn::ptx {

/// Runs a grid on the process's device.
/// Errors: Fault.
void run(Kernel& kernel, const Launch& launch);

inline u32 first_lane(u32 lanes) { return static_cast<u32>(std::countr_zero(lanes)); }

class Engine {
 public:
  Engine(Kernel& kernel, const Launch& launch, u32 launch_id);

  /// The whole grid, in the order of blocks that the options name.
  void run_grid();

  u64 warp_instructions() const { return warp_instructions_; }
  u64 lane_instructions() const { return lane_instructions_; }
  u32 threads() const { return block_.threads; }

 private:
  /// Where the lanes go on that stopped at different places.
  struct Group {
    u32 lanes = 0;
    u32 counter = 0;
    u32 other = ~0u;  // the lowest place of lanes that are not of the group
    s64 stretch = 0;  // instructions until another group may be chosen
  };
  static constexpr s64 kUnlimited = s64{1} << 60;

  // engine.cpp
  void allocate();
  u32 special(Special which, u32 warp, u32 lane) const;
  void start_block(u64 linear);
  void start_warp(Warp& warp);
  void run_block();
  bool run_some_warp();
  bool run_each_warp();
  bool pass_barrier();  // false when all threads have returned
  [[noreturn]] void fault_deadlock();

  // run_warp.cpp
  static u32 ready(const Warp& warp) { return warp.live & ~warp.exchanging & ~warp.barred; }
  Group choose(const Warp& warp, u32 lanes);
  void run_warp(Warp& warp, s64 budget);
  bool step(Warp& warp, Group& group);
  void branch(Warp& warp, const Instruction& in, Group& group, u32 taken, bool& together);
  void leave(Warp& warp, u32 lanes);
  void wait_at_barrier(Warp& warp, u32 counter, u32 lanes);

  // exchanges.cpp
  bool meet_at_once(Warp& warp, const Instruction& in, u32 lanes, u32 group);
  void arrive(Warp& warp, u32 counter, u32 lanes);
  void check_mask(const Warp& warp, const Instruction& in, u32 lane, u32 mask);
  void exchange(Warp& warp, const Instruction& in, u32 lanes);
  void shuffle(Warp& warp, const Instruction& in, u32 lanes);
  static void order_lanes(Warp& warp, u32 lanes);

  Kernel& kernel_;
  const Launch& launch_;
  Options options_;
  Block block_;
  std::vector<Warp> warps_;
  std::vector<u8> memory_;  // of registers
  std::mt19937_64 random_;
  bool random_warps_ = false, random_lanes_ = false;
  u64 warp_instructions_ = 0, lane_instructions_ = 0;
};

}  // namespace fgcn::ptx
