// A launch from begin to end, and what it says when something is wrong.
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "kernels/core/error.h"
#include "tests/ptx/device.h"
#include "tests/ptx/engine.h"
#include "tests/ptx/library_device.h"

namespace fgcn::ptx {
namespace {

/// How often one instruction says the same kind of thing in full; the report needs the first only.
constexpr u32 kNotes = 4;

std::string triple(const u32* values) {
  return text('(', values[0], ',', values[1], ',', values[2], ')');
}

/// "block (1,0,0) of (2,1,1), thread (3,0,0) of (64,1,1), `st.global.f32 [%rd1], %f1`".
std::string position(const Warp& warp, const Instruction& in, u32 lane) {
  const Block& block = *warp.block;
  const u32* size = block.launch->block;
  const u32 linear = warp.index * kWarpSize + lane;
  const u32 thread[3] = {linear % size[0], linear / size[0] % size[1], linear / size[0] / size[1]};
  return text("block ", triple(block.id), " of ", triple(block.launch->grid), ", thread ",
              triple(thread), " of ", triple(size), ", `", block.kernel->texts[in.index], '`');
}

Finding finding_of(const Warp& warp, const Instruction& in, u32 lane, const std::string& kind,
                   const std::string& what) {
  const Kernel& kernel = *warp.block->kernel;
  return {kind, kernel.demangled, source_of(kernel, in), what + "; " + position(warp, in, lane), 0};
}

std::string site(const Warp& warp, const Instruction& in) {
  const Kernel& kernel = *warp.block->kernel;
  return text(kernel.name, ' ', kernel.module->architecture, ' ', in.index);
}

/// Adds what an engine counted, also when a fault ends it.
class CountAtEnd {
 public:
  CountAtEnd(const Engine& engine, KernelCounts& counts) : engine_(engine), counts_(counts) {}
  CountAtEnd(const CountAtEnd&) = delete;
  CountAtEnd& operator=(const CountAtEnd&) = delete;
  ~CountAtEnd() {
    counts_.warp_instructions += engine_.warp_instructions();
    counts_.lane_instructions += engine_.lane_instructions();
  }

 private:
  const Engine& engine_;
  KernelCounts& counts_;
};

}  // namespace

void note(const Warp& warp, const Instruction& in, u32 lane, const char* kind,
          const std::string& what) {
  Device& d = device();
  if (d.notes[{&in, kind}]++ >= kNotes) return;
  d.findings.add(finding_of(warp, in, lane, kind, what), site(warp, in));
}

void fault(const Warp& warp, const Instruction& in, u32 lane, const std::string& what, int status) {
  Finding finding = finding_of(warp, in, lane, "fault", what);
  const std::string sentence = sentence_of(finding);
  device().findings.add(std::move(finding), site(warp, in));
  throw Fault(sentence, status);
}

void run(Kernel& kernel, const Launch& launch) {
  Device& d = device();
  KernelCounts& counts = kernel.counts;
  if (counts.launches++ == 0) d.kernels_run.push_back(&kernel);
  const auto start = std::chrono::steady_clock::now();
  Engine engine(kernel, launch, ++d.launches);
  const u64 blocks = u64{launch.grid[0]} * launch.grid[1] * launch.grid[2];
  counts.most_threads = std::max(counts.most_threads, engine.threads());
  counts.most_shared = std::max(counts.most_shared, kernel.static_shared + launch.dynamic_shared);
  counts.blocks += blocks;
  {
    const CountAtEnd count(engine, counts);
    engine.run_grid();
  }
  if (d.options.verbose) {
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    std::fprintf(stderr, "ptx: %s: %llu blocks of %u, %.3f ms, %llu warp instructions\n",
                 kernel.demangled.c_str(), static_cast<unsigned long long>(blocks),
                 engine.threads(), time.count(),
                 static_cast<unsigned long long>(engine.warp_instructions()));
  }
}

}  // namespace fgcn::ptx
