// Events of a running grid, for its analysis (kernels/simt/access).
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/simt/block.h"

namespace fgcn::simt {

/// A stretch of memory.
struct Range {
  const void* begin = nullptr;
  std::size_t bytes = 0;
};

/// A grid that is about to run.
struct Launched {
  const char* kernel = "";
  const void* code = nullptr;  // the kernel's first instruction
  Dim3 grid, block;
  Range static_shared;  // of all kernels of the program
  Range dynamic_shared;
};

/// Called by the system thread that runs the grid, outside of the kernel's own code.
class Watcher {
 public:
  Watcher() = default;
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  virtual ~Watcher() = default;

  virtual void begin_grid(const Launched& grid) = 0;
  virtual void begin_block() = 0;
  /// From now on thread `index` of the block runs.
  virtual void run_thread(int index) = 0;
  /// All threads of the block have come to a barrier.
  virtual void passed_barrier() {}
  /// The lanes of `mask` have met; thread `first` is the warp's lane 0.
  virtual void exchanged(int /*first*/, std::uint32_t /*mask*/) {}
  virtual void end_block() = 0;
  /// Also when the kernel failed.
  virtual void end_grid() = 0;
};

/// For the grids that this system thread runs from now on; null for none. Not from within a grid.
void set_watcher(Watcher* watcher);

}  // namespace fgcn::simt
