// The state of a block while it runs.
#pragma once

#include <vector>

#include "tests/ptx/device_space.h"
#include "tests/ptx/instruction.h"

namespace fgcn::ptx {

/// A grid to run: parameters are the bytes that the kernel sees.
struct Launch {
  u32 grid[3] = {1, 1, 1};
  u32 block[3] = {1, 1, 1};
  u32 dynamic_shared = 0;
  std::vector<u8> parameters;
};

/// Who touched a word of shared memory last. Threads of different warps are ordered by barriers
/// only, lanes of one warp by exchanges too.
struct SharedShadow {
  static constexpr u16 kSeveralWarps = 0xffff;
  static constexpr u16 kSeveralLanes = 0x8000;  // beside the warp

  u32 write_epoch = 0, read_epoch = 0;  // barrier intervals; 0 for never
  u32 write_clock = 0, read_clock = 0;  // of the warp
  u16 writer = 0, reader = 0;           // threads; of readers also the two values above
  bool written = false;
  bool gap = false;  // belongs to nobody
};

struct Block {
  const Kernel* kernel = nullptr;
  const Launch* launch = nullptr;
  DeviceSpace* memory = nullptr;
  u32 id[3] = {0, 0, 0};
  u32 linear = 0;     // id, counted
  u32 launch_id = 0;  // counted over the process
  u32 epoch = 1;      // barrier interval
  u32 threads = 0;
  int jitter = 0;  // these four: settings of the launch
  bool race = false, unwritten = false, block_race = false;
  std::vector<u8> shared;
  std::vector<SharedShadow> shadow;  // a word of `shared` each
  std::vector<u8> local;
};

/// 32 lanes with a program counter each. A mask has a bit a lane.
struct Warp {
  u8* registers = nullptr;
  u32 index = 0;
  u32 exists = 0, live = 0;  // lanes of the block; those that have not returned
  u32 exchanging = 0;        // wait at an exchange
  u32 barred = 0;            // wait at a barrier
  u32 counters[kWarpSize] = {};
  u32 barriers[kWarpSize] = {};  // where the barred lanes wait
  // Exchanges order lanes: `clock` counts them, all lanes are ordered since `ordered`, two lanes
  // since `pair_ordered` where that is later.
  u32 clock = 1, ordered = 0;
  bool has_pairs = false;
  u32 pair_ordered[kWarpSize][kWarpSize] = {};
  Block* block = nullptr;

  template <class T>
  T* at(u32 offset) const {
    return reinterpret_cast<T*>(registers + offset);
  }
  u32& predicate(u32 offset) const { return *at<u32>(offset); }
};

/// Reports what is wrong with an instruction of a lane, and goes on.
void note(const Warp& warp, const Instruction& in, u32 lane, const char* kind,
          const std::string& what);

/// Reports it and throws Fault; `status` is a cudaError_t.
[[noreturn]] void fault(const Warp& warp, const Instruction& in, u32 lane, const std::string& what,
                        int status = 719);

}  // namespace fgcn::ptx
