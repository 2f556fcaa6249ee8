// A kernel as the simulator runs it: instructions whose operands are places in a warp's registers.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/ptx/types.h"

namespace fgcn::ptx {

struct Warp;
struct Instruction;
struct Module;

/// Does an instruction to the registers of the lanes in the mask `lanes`.
using Operation = void (*)(Warp& warp, const Instruction& in, u32 lanes);

/// How an instruction moves the program counter.
enum class Flow : u8 { kNext, kBranch, kExit, kBarrier, kExchange, kTrap };

/// Between the lanes of a warp; all that the mask names take part.
enum class Exchange : u8 {
  kNone,
  kShuffle,
  kAny,
  kAll,
  kUniform,
  kBallot,
  kSync,
  kMatchAny,
  kMatchAll,
  kReduce
};
enum class Shuffle : u8 { kButterfly, kIndex, kUp, kDown };
enum class Reduction : u8 { kAdd, kMinSigned, kMin, kMaxSigned, kMax, kAnd, kOr, kXor };

/// Products and sums that ptxas may contract: those without a rounding word.
enum class Loose : u8 { kNo, kProduct, kSum, kDifference };

/// d, a, b, c are the operands as PTX's manual calls them, as byte offsets into a warp's registers;
/// no register is at 0. An exchange has its mask in c.
struct Instruction {
  Operation operation = nullptr;
  u32 d = 0, a = 0, b = 0, c = 0;
  u32 e = 0;                     // a fourth source
  u32 vector[4] = {0, 0, 0, 0};  // of ld, st and mov, where `count` says how many
  s64 immediate = 0;             // offset of an address, table of lop3
  u32 guard = 0;                 // predicate
  u32 predicate = 0;             // second destination
  u32 target = 0;                // of a branch: an instruction
  u32 index = 0;                 // among the kernel's instructions
  u32 place = 0;                 // among the kernel's places
  Flow flow = Flow::kNext;
  Exchange exchange = Exchange::kNone;
  Loose loose = Loose::kNo;
  bool loose_double = false;
  bool guard_negated = false;
  bool source_negated = false;  // a predicate source, "!%p1"
  bool low_part = false;        // the low part of a 64-bit register
  bool wide_address = false;    // the address is in a 64-bit register
  bool returns_old = false;     // atom, not red
  u8 width = 32;                // bits of the destination register
  u8 variant = 0;               // Shuffle, Reduction, or bytes of a match
  u8 count = 1;
};

/// Registers that differ from lane to lane, warp to warp or block to block.
enum class Special : u8 {
  kThreadX,
  kThreadY,
  kThreadZ,
  kThreadsX,
  kThreadsY,
  kThreadsZ,
  kBlockX,
  kBlockY,
  kBlockZ,
  kBlocksX,
  kBlocksY,
  kBlocksZ,
  kLane,
  kWarp,
  kWarps,
  kLanesBelow,
  kLanesUpTo,
  kLanesAbove,
  kLanesFrom,
  kLaneBit,
  kClock,
  kDynamicShared
};

struct Parameter {
  std::string name;
  u32 offset = 0, bytes = 0;
};

/// A constant operand lies in registers like any other.
struct Constant {
  enum class Kind : u8 { kPredicate, kWord, kDouble };
  u32 offset = 0;
  Kind kind = Kind::kWord;
  u64 bits = 0;
};

/// A line of the source, from .loc; `caller` is the place where its function was inlined, or -1.
struct Place {
  u32 file = 0, line = 0, column = 0;
  s32 caller = -1;
};

/// How often a kernel ran and what of it was reached.
struct KernelCounts {
  u64 launches = 0, blocks = 0, warp_instructions = 0, lane_instructions = 0;
  u32 most_threads = 0, most_shared = 0;
  std::vector<u8> reached;  // an instruction each
};

struct Kernel {
  std::string name;  // mangled
  std::string demangled;
  const Module* module = nullptr;
  std::vector<Parameter> parameters;
  u32 parameter_bytes = 0;
  std::vector<Instruction> code;
  std::vector<std::string> texts;  // an instruction each
  std::vector<Place> places;
  u32 register_bytes = 0;  // of one warp
  std::vector<std::pair<u32, Special>> specials;
  std::vector<Constant> constants;
  u32 static_shared = 0;   // without the gaps
  u32 dynamic_offset = 0;  // where dynamic shared memory begins
  bool has_dynamic = false;
  std::vector<std::pair<u32, u32>> gaps;  // between arrays of shared memory: nobody may touch them
  u32 local_bytes = 0;                    // of a thread
  u32 most_threads = 0;                   // __launch_bounds__; 0 without
  bool barrier_dropped = false;
  u32 contracted = 0;
  KernelCounts counts;
};

/// "kernels/spmm/spmm_cuda.cu:31, inlined at ...", innermost first; "" without .loc.
std::string source_of(const Kernel& kernel, const Instruction& in);

}  // namespace fgcn::ptx
