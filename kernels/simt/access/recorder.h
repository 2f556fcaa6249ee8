// Which memory the kernels of the instrumented build touch (docs/results/kernel-report.md).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kernels/core/context.h"
#include "kernels/simt/access/arena.h"
#include "kernels/simt/access/callbacks.h"
#include "kernels/simt/access/warp_replay.h"
#include "kernels/simt/watcher.h"

namespace fgcn::simt {

class RecordingRuntime;

/// Sums over the requests of one or more access instructions.
struct RequestCount {
  double requests = 0;
  double lanes = 0;
  double asked = 0;    // bytes, each once a request
  double sectors = 0;  // of device memory, 32 bytes
  double passes = 0;   // of shared memory, the least (request.h)
  double turns = 0;    // of shared memory, with bank conflicts

  RequestCount& operator+=(const RequestCount& other);
  RequestCount scaled(double factor) const;
};

/// One access instruction.
struct SiteCount {
  std::uintptr_t code = 0;  // address in the program's file of the call that reported it
  Space space = Space::kGlobal;
  Access access = Access::kRead;
  int bytes = 0;  // a lane
  RequestCount count;
};

/// Traffic of all launches of one kernel. Counts of requests come from the traced blocks, scaled to
/// all; bytes of the grid come from every block.
struct KernelTraffic {
  std::string name;         // as given to launch()
  std::uintptr_t code = 0;  // the kernel's address in the program's file; 0: a fill or copy
  unsigned threads = 0;     // of a block; of the launch with the most blocks
  std::size_t dynamic_shared = 0;
  std::uint64_t launches = 0;
  std::uint64_t blocks = 0;
  std::uint64_t traced_blocks = 0;
  std::vector<SiteCount> sites;  // by address
  // Bytes of sectors that are read and those written, each once per block (a perfect first-level
  // cache that forgets at the block's end), and each once per launch (a perfect second level).
  double block_bytes = 0;
  double grid_bytes = 0;

  /// Sum over the sites of one space.
  RequestCount total(Space space) const;
};

/// An address of code as tools take it that read the program's file.
std::uintptr_t in_file(const void* code);

/// While it lives, it records what this thread launches on the context's emulated device. One at a
/// time. Needs a program with the instrumented kernels and this folder's runtime.
class Recorder final : private Watcher, private AccessSink {
 public:
  static constexpr std::uint64_t kEveryBlock = ~std::uint64_t{0};

  /// Up to `traced_blocks` blocks of each launch, at equal distances, are looked at request by
  /// request. Error on a context of another device.
  explicit Recorder(const Context& ctx, std::uint64_t traced_blocks = kEveryBlock);
  ~Recorder() override;

  /// In the order of the first launches.
  std::vector<KernelTraffic> traffic() const;

  /// Called by the runtime.
  void transfer(const char* name, std::size_t read, std::size_t written);

 private:
  struct Kernel {
    KernelTraffic traffic;
    std::map<std::uintptr_t, SiteCount> sites;
    std::uint64_t largest = 0;  // blocks of a launch
  };

  void access(const void* address, std::size_t bytes, Access access, const void* code) override;
  void basic_block(const void* code) override;
  void begin_grid(const Launched& grid) override;
  void begin_block() override;
  void run_thread(int index) override;
  void end_block() override;
  void end_grid() override;

  bool in_shared(const void* address) const;
  void mark(std::uintptr_t offset, std::size_t bytes, Access access);
  void count(const Request& request);
  Kernel& kernel(const std::string& name, const void* code);

  RecordingRuntime& runtime_;
  Arena& arena_;
  std::uint64_t most_traced_;
  std::vector<Kernel> kernels_;
  WarpReplay replay_;

  // The running grid.
  Kernel* running_ = nullptr;
  Launched grid_;
  std::uint64_t block_ = 0;
  std::uint64_t stride_ = 1;  // between traced blocks
  std::uint64_t traced_ = 0;
  std::uint64_t grid_sectors_ = 0;
  std::uint64_t traced_sectors_ = 0;  // of each traced block
  std::map<std::uintptr_t, SiteCount> sites_;
  // The running block, when it is traced.
  std::vector<Trace> traces_;  // by thread
  Trace* trace_ = nullptr;     // of the running thread
  bool tracing_ = false;
  std::vector<std::uintptr_t> block_sectors_;
};

}  // namespace fgcn::simt
