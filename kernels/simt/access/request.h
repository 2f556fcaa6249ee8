// An access instruction of a warp, and what it costs the memory system.
#pragma once

#include <cstdint>

#include "kernels/simt/grid.h"

namespace fgcn::simt {

enum class Access : std::uint8_t { kRead, kWrite, kAtomic };
enum class Space : std::uint8_t {
  kGlobal,
  kShared,
  kNone,  // no access: a basic block begins
};

/// One access of one thread, or its way into a basic block.
struct LaneAccess {
  std::uintptr_t code = 0;  // of the instruction
  std::uintptr_t address = 0;
  std::uint16_t bytes = 0;
  Space space = Space::kGlobal;
  Access access = Access::kRead;
};

/// The lanes of a warp that execute one access instruction together.
struct Request {
  int lanes = 0;
  int lane[kWarp] = {};  // ascending
  const LaneAccess* at[kWarp] = {};

  void add(int number, const LaneAccess& access) {
    lane[lanes] = number;
    at[lanes++] = &access;
  }
};

/// Bytes that lanes ask for, each byte once.
std::uint64_t bytes_asked(const Request& request);
/// Sectors of 32 bytes that they lie in.
std::uint64_t sectors(const Request& request);

/// A shared-memory request goes in passes: one for up to 4 bytes a lane, one a half-warp for 8, one
/// a quarter for 16. In a pass each of the 32 banks gives one word of 4 bytes, to any number of
/// lanes; a bank that is asked for n words takes n turns.
struct BankCost {
  std::uint64_t passes = 0;  // the least number of turns
  std::uint64_t turns = 0;
};
BankCost bank_cost(const Request& request);

}  // namespace fgcn::simt
