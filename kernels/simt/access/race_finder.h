// Accesses that nothing puts in order (docs/dev/emulator.md).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "kernels/core/context.h"
#include "kernels/simt/access/callbacks.h"
#include "kernels/simt/watcher.h"

namespace fgcn::simt {

class Arena;

/// Two places in a kernel that touch the same memory, at least one of them writing.
struct Race {
  std::string kernel;  // as given to launch()
  Space space = Space::kShared;
  bool between_blocks = false;
  // Addresses in the program's file, of the calls that reported the accesses.
  std::uintptr_t earlier = 0, later = 0;
  int earlier_thread = 0, later_thread = 0;  // of their blocks; of the first such pair
  std::uint64_t pairs = 0;
};

/// While it lives, it watches what this thread launches on the context's emulated device: accesses
/// of different threads to the same bytes, one of them a write and not both atomic, which no
/// barrier and no exchange of their warp puts in order. Whether a value came out right does not
/// matter, so one order of threads is enough.
///
/// A word remembers its last write and four reads by others; a race with a fifth reader alone is
/// not seen. Bytes are watched by twos. One at a time, and not beside a Recorder. Needs a program
/// with the instrumented kernels.
///
/// Source   Lamport, CACM 21(7), 1978, for the clocks; Flanagan and Freund, PLDI 2009, for what
///          each word remembers.
class RaceFinder final : private Watcher, private AccessSink {
 public:
  explicit RaceFinder(const Context& ctx);
  ~RaceFinder() override;

  /// A pair of places once, in the order in which they were found.
  const std::vector<Race>& races() const { return races_; }

 private:
  /// An access, and when it was.
  struct Seen {
    std::uint64_t epoch = 0;  // barriers passed so far by this block and those before
    std::int64_t block = -1;  // -1: nobody
    std::int32_t thread = 0;
    std::int32_t clock = 0;  // of the thread's warp
    std::uintptr_t code = 0;
    Access access = Access::kRead;
  };
  struct Cell {
    Seen write;
    std::array<Seen, 4> reads;
    unsigned next = 0;  // of the reads
  };
  using Cells = std::unordered_map<std::uintptr_t, Cell>;
  /// A lane's knowledge of its warp's lanes: the exchanges that each had passed; -1: nothing.
  using Clock = std::array<std::int32_t, 32>;

  void access(const void* address, std::size_t bytes, Access access, const void* code) override;
  void begin_grid(const Launched& grid) override;
  void begin_block() override;
  void run_thread(int index) override { now_.thread = index; }
  void passed_barrier() override { ++now_.epoch; }
  void exchanged(int first, std::uint32_t mask) override;
  void end_block() override {}
  void end_grid() override;

  bool ordered(const Seen& before) const;
  void meet(const Seen& before, Space space);

  Arena& arena_;
  Launched grid_;
  Seen now_;
  std::vector<Clock> clocks_;  // a thread of the block
  Cells shared_, global_;
  std::vector<Race> races_;
  std::map<std::tuple<std::string, std::uintptr_t, std::uintptr_t>, std::size_t> places_;
};

}  // namespace fgcn::simt
