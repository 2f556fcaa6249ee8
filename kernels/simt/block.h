// Runs the threads of a grid one block after another, and reports misuse that hardware lets pass.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace fgcn::simt {

struct Dim3 {
  unsigned x = 1, y = 1, z = 1;

  std::uint64_t count() const { return std::uint64_t{x} * y * z; }
};

/// Where the running thread stands: CUDA's threadIdx, blockIdx, blockDim, gridDim.
struct Place {
  Dim3 thread{0, 0, 0};
  Dim3 block{0, 0, 0};
  Dim3 block_size;
  Dim3 grid_size;
};

/// In which order blocks and threads run.
struct Schedule {
  /// 0: in order. Otherwise the seed of a random order of blocks, of the threads' start and of who
  /// goes on after a barrier.
  std::uint64_t seed = 0;
};

/// Runs one kernel on the calling system thread. `code` is its first instruction; `thread` is
/// called once per thread. Before each block static and dynamic shared memory are filled with NaN.
///
/// Errors   fgcn::Error naming the kernel, the thread, and the file and line: a barrier that not
/// all
///          threads of the block reach, or at different lines; a thread that returned before a
///          barrier; a warp exchange whose mask leaves out the caller, names a thread that has
///          returned or does not exist, or is met by a different exchange; an access by a word for
///          global memory that is given an address of shared or local memory; a block or shared
///          memory larger than a GPU's.
void run_grid(const char* kernel, const void* code, const Dim3& grid, const Dim3& block,
              std::size_t shared_bytes, const Schedule& schedule,
              const std::function<void()>& thread);

// Functions that a kernel calls, through the words of dialect.h.

/// Place of the running thread; set while a grid runs.
extern constinit thread_local const Place* running_place;

inline const Place& place() { return *running_place; }
void* dynamic_shared();
void barrier(const char* file, int line);
/// Errors   as a barrier's, naming `word`: the address lies in shared memory, or on the running
///          thread's stack, which is its local memory.
void require_global(const void* address, const char* word, const char* file, int line);
/// The check of an atomic, which shared memory takes too.
void require_not_local(const void* address, const char* file, int line);

enum class WarpOp : std::uint8_t {
  kSync,
  kShuffle,
  kShuffleUp,
  kShuffleDown,
  kShuffleXor,
  kSwapXor,  // kShuffleXor of several numbers; the value is a Swap's address
  kBallot
};

/// Numbers of one lane for another, and where that one's come.
struct Swap {
  const void* given = nullptr;
  void* taken = nullptr;
  std::size_t bytes = 0;
};

/// Meets the other lanes of `mask` at the same operation. For a shuffle: the value of the chosen
/// lane (own value where CUDA says so; all bits set when that lane is not in the mask). For a
/// ballot: the lanes with a non-zero value.
std::uint64_t warp_exchange(WarpOp op, std::uint32_t mask, std::uint64_t value, std::int32_t lane,
                            std::int32_t width, const char* file, int line);

}  // namespace fgcn::simt
