// Kernels and hosts with one deliberate fault each, for seeded_faults.py, which runs each in a
// process of its own and demands that it is found.
//   seeded_faults --list      class/variant, build, how it must be found; a line each
//   seeded_faults NAME        exit code 3 and a sentence: found; 0: not found. Or it is stopped.
// Its instrumented build (docs/dev/emulator.md) finds races by the lines of both accesses.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "autograd/tensor.h"
#include "kernels/runtime/graph.h"
#include "kernels/runtime/launch.h"
#include "kernels/runtime/pinned.h"
#include "tests/simt/seeded_kernels.h"
#ifdef FGCN_ACCESS
#include "tests/simt/race_text.h"
#endif

namespace fgcn {
namespace {

/// A sentence, or nothing when it was not found.
using Found = std::string;

/// Something that launches a kernel and gives its result. The instrumented build looks at its
/// accesses; the others run it in several orders of threads, which disagree, or give no number
/// where there must be one.
Found in_orders(const std::function<std::vector<float>(const Context&)>& launched) {
#ifdef FGCN_ACCESS
  const Context recorded(Device::kEmulated, 1);
  const simt::RaceFinder finder(recorded);
  (void)launched(recorded);
  Found out;
  for (const simt::Race& race : finder.races()) out += test::race_text(race) + "\n";
  return out;
#endif
  std::vector<float> first;
  for (int order = 0; order < 6; ++order) {
    const Context ctx(Device::kEmulated, 1, order);
    const std::vector<float> now = launched(ctx);
    for (const float value : now)
      if (std::isnan(value)) return "NaN in the result";
    if (order == 0) {
      first = now;
    } else if (std::memcmp(first.data(), now.data(), now.size() * sizeof(float)) != 0) {
      return "orders disagree";
    }
  }
  return {};
}

/// The first argument of `kernel` is the result.
template <class... Params, class... Args>
Found by_results(const LaunchShape& shape, std::int64_t count, void (*kernel)(float*, Params...),
                 const Args&... args) {
  return in_orders([&](const Context& ctx) {
    Tensor y(ctx, {count});
    launch(ctx, "seeded", shape, kernel, y.data(), args...);
    return y.to_host();
  });
}

/// One launch: an error that is thrown is the finding, or the process is stopped.
template <class... Params, class... Args>
Found by_error(const LaunchShape& shape, void (*kernel)(float*, Params...), const Args&... args) {
  const Context ctx(Device::kEmulated, 1);
  Tensor y(ctx, {256});
  launch(ctx, "seeded", shape, kernel, y.data(), args...);
  return {};
}

template <class Launch>
Found with_ints(const Launch& launched) {
  return in_orders([&](const Context& ctx) {
    IndexTensor ints = IndexTensor::zeros(ctx, {4});
    Tensor list = Tensor::zeros(ctx, {512}), y = Tensor::zeros(ctx, {64});
    launched(ctx, y.data(), ints.data(), list.data());
    return y.to_host();
  });
}

Found touched(int order, bool write) {
  const Context ctx(Device::kEmulated, 1, order);
  const Tensor x = Tensor::full(ctx, {10}, real(2));
  ctx.synchronize();
  volatile real* const data = x.data();
  if (write) {
    data[3] = 1;
  } else {
    (void)data[3];
  }
  return {};
}

Found released(bool write) {
  const Context ctx(Device::kEmulated, 1);
  Tensor y(ctx, {32});
  float* gone = nullptr;
  {
    const Tensor shortly(ctx, {32});
    gone = shortly.data();
  }
  if (write) {
    launch(ctx, "seeded", one_block_each(1, 32), released_kernel, y.data(), gone);
  } else {
    launch(ctx, "seeded", one_block_each(1, 32), released_read_kernel, y.data(), gone);
  }
  return {};
}

enum class Early { kCopy, kLaunch, kGraph };
Found early(Early how) {
  const Context ctx(Device::kEmulated, 1, how == Early::kCopy ? 0 : -2);
  const Tensor x = Tensor::full(ctx, {32}, real(3));
  Pinned<real> host(ctx, 32);
  const auto work = [&] {
    if (how == Early::kLaunch) {
      launch(ctx, "seeded", one_block_each(1, 32), copy_kernel, x.data(), host.data());
    } else {
      ctx.runtime().download_later(host.data(), x.data(), host.bytes());
    }
  };
  if (how == Early::kGraph) {
    Graph(ctx, work).run();
  } else {
    work();
  }
  const bool not_there = std::isnan(host.data()[5]);
  ctx.synchronize();  // before the memory is gone
  return not_there ? "NaN in the result" : "";
}

enum class Reuse { kUpload, kLazyUpload, kGraph };
Found reused(Reuse how) {
  const Context ctx(Device::kEmulated, 1, how == Reuse::kUpload ? 0 : -2);
  Tensor x(ctx, {32});
  Pinned<real> host(ctx, 32);
  std::fill_n(host.data(), 32, real(1));
  const auto work = [&] { ctx.runtime().upload_later(x.data(), host.data(), host.bytes()); };
  if (how == Reuse::kGraph) {
    const Graph graph(ctx, work);
    graph.run();
  } else {
    work();
  }
  host.data()[7] = 2;
  ctx.synchronize();
  return {};
}

struct Seed {
  const char* name;   // class/variant
  const char* build;  // "every", or "asan" or "plain" where only that build can find it
  const char* how;    // "line": an error that names the line; "error"; "results"; "asan": a report
                      // that names the line; "signal"; "missed": known not to be found
  std::function<Found()> run;
};

std::vector<Seed> seeds() {
  const LaunchShape block = one_block_each(1, kThreads, kThreads * sizeof(float));
  const LaunchShape warp = one_block_each(1, 32, 32 * sizeof(float));
  const auto launch_of = [](const LaunchShape& shape) {
    return [shape] { return by_error(shape, any_kernel); };
  };
  return {
      {"missing barrier/write then read", "every", "results",
       [=] { return by_results(block, kThreads, reverse_kernel); }},
      {"missing barrier/second of a loop", "every", "results",
       [=] { return by_results(block, kThreads, reuse_kernel); }},
      {"missing barrier/in a tree", "every", "results",
       [=] { return by_results(one_block_each(1, 64, 256), 64, tree_kernel); }},
      {"missing barrier/broadcast", "every", "results",
       [=] { return by_results(block, kThreads, broadcast_kernel); }},
      {"missing barrier/warp in step", "every", "results",
       [=] { return by_results(warp, 32, warp_in_step_kernel); }},
      {"divergent barrier/two lines", "every", "line",
       [=] { return by_error(block, two_lines_kernel); }},
      {"divergent barrier/early return", "every", "line",
       [=] { return by_error(block, early_return_kernel, 50); }},
      {"divergent barrier/in a condition", "every", "line",
       [=] { return by_error(block, in_condition_kernel); }},
      {"divergent barrier/a round too many", "every", "line",
       [=] { return by_error(block, round_too_many_kernel); }},
      {"divergent barrier/against a warp exchange", "every", "line",
       [=] { return by_error(block, against_warp_kernel); }},
      {"exited lane in a mask/shuffle", "every", "line",
       [=] { return by_error(warp, returned_lane_kernel); }},
      {"exited lane in a mask/ballot", "every", "line",
       [=] { return by_error(warp, returned_ballot_kernel); }},
      {"exited lane in a mask/syncwarp", "every", "line",
       [=] { return by_error(warp, returned_sync_kernel); }},
      {"wrong mask/lane that does not exist", "every", "line",
       [=] { return by_error(one_block_each(1, 40), absent_lane_kernel); }},
      {"wrong mask/leaves out the caller", "every", "line",
       [=] { return by_error(warp, foreign_mask_kernel); }},
      {"wrong mask/two exchanges", "every", "line", [=] { return by_error(warp, mixed_kernel); }},
      {"wrong mask/width", "every", "line", [=] { return by_error(warp, odd_width_kernel); }},
      {"address of another space/store to shared", "every", "line",
       [=] { return by_error(block, store_to_dynamic_kernel); }},
      {"address of another space/store to static shared", "plain", "line",
       [=] { return by_error(one_block_each(1, kThreads), store_to_static_kernel); }},
      {"address of another space/streaming store to shared", "every", "line",
       [=] { return by_error(block, streaming_store_kernel); }},
      {"address of another space/load of shared", "every", "line",
       [=] { return by_error(block, load_of_shared_kernel); }},
      {"address of another space/store to local", "every", "line",
       [=] { return by_error(warp, store_to_local_kernel); }},
      {"address of another space/atomic on local", "every", "line",
       [=] { return by_error(warp, atomic_on_local_kernel); }},
      {"race in shared memory/last writer", "every", "results",
       [=] { return by_results(block, kThreads, last_writer_kernel); }},
      {"race in shared memory/stencil in place", "every", "results",
       [=] { return by_results(block, kThreads, in_place_stencil_kernel); }},
      {"race in shared memory/between warps", "every", "results",
       [=] { return by_results(block, kThreads, warps_apart_kernel); }},
      {"race in shared memory/count without atomics", "every", "missed",
       [=] { return by_results(block, 4, plain_count_kernel); }},
      {"race between blocks/last writer", "every", "results",
       [=] { return by_results(one_block_each(9, 32), 32, last_block_kernel); }},
      {"race between blocks/neighbour's part", "every", "results",
       [=] { return by_results(one_block_each(4, 32), 128, neighbour_block_kernel); }},
      {"race between blocks/one flag", "every", "results",
       [=] {
         return with_ints([](const Context& ctx, float* y, int* ints, float*) {
           launch(ctx, "seeded", one_block_each(8, 32), one_flag_kernel, y, ints);
         });
       }},
      {"race between blocks/total without atomics", "every", "missed",
       [=] {
         return with_ints([](const Context& ctx, float* y, int* ints, float*) {
           launch(ctx, "seeded", one_block_each(8, 32), plain_total_kernel, y, ints);
         });
       }},
      {"sum in the order of arrival/of threads", "every", "results",
       [=] {
         return with_ints([](const Context& ctx, float* y, int* ints, float* list) {
           launch(ctx, "seeded", one_block_each(1, 256), arrival_sum_kernel, y, ints, list);
         });
       }},
      {"sum in the order of arrival/of blocks", "every", "results",
       [=] {
         return with_ints([](const Context& ctx, float* y, int* ints, float*) {
           launch(ctx, "seeded", one_block_each(16, 1), arrival_exchange_kernel, y, ints);
         });
       }},
      {"sum in the order of arrival/first wins", "every", "results",
       [=] {
         return with_ints([](const Context& ctx, float* y, int* ints, float*) {
           launch(ctx, "seeded", one_block_each(1, 64), first_wins_kernel, y, ints);
         });
       }},
      {"unwritten shared memory/dynamic", "every", "results",
       [=] { return by_results(block, kThreads, unwritten_dynamic_kernel); }},
      {"unwritten shared memory/static", "plain", "results",
       [=] { return by_results(block, kThreads, unwritten_static_kernel); }},
      {"unwritten shared memory/tail of a tile", "every", "results",
       [=] { return by_results(one_block_each(2, 32, 128), 40, tail_of_tile_kernel, 40); }},
      {"unwritten output/guard too small", "every", "results",
       [=] { return by_results(one_block_each(2, 32), 64, guarded_kernel, 63); }},
      {"unwritten output/grid rounded down", "every", "results",
       [=] { return by_results(one_block_each(70 / 32, 32), 70, guarded_kernel, 70); }},
      {"unwritten output/added to", "every", "results",
       [=] { return by_results(warp, 32, added_to_kernel); }},
      {"wrong launch/threads", "every", "error", launch_of({{1}, {1025}})},
      {"wrong launch/no thread", "every", "error", launch_of({{1}, {0}})},
      {"wrong launch/depth of a block", "every", "error", launch_of({{1}, {1, 1, 65}})},
      {"wrong launch/rows of the grid", "every", "error", launch_of({{1, 65536}, {32}})},
      {"wrong launch/shared memory", "every", "error", launch_of({{1}, {32}, 200 << 10})},
      {"out of bounds/global", "asan", "asan",
       [=] { return by_error(one_block_each(9, 32), global_write_kernel, 256); }},
      {"out of bounds/before global", "asan", "asan",
       [=] { return by_error(warp, global_before_kernel); }},
      {"out of bounds/read of global", "asan", "asan",
       [] {
         const Context ctx(Device::kEmulated, 1);
         Tensor x = Tensor::zeros(ctx, {32}), y(ctx, {32});
         launch(ctx, "seeded", one_block_each(1, 32), global_read_kernel, y.data(), x.data());
         return Found();
       }},
      {"out of bounds/static shared", "asan", "asan",
       [=] { return by_error(one_block_each(1, 64), static_shared_kernel); }},
      {"out of bounds/dynamic shared", "asan", "asan",
       [=] { return by_error(warp, dynamic_shared_kernel); }},
      {"out of bounds/read of dynamic shared", "asan", "asan",
       [=] { return by_error(warp, dynamic_read_kernel); }},
      {"use after release/write", "asan", "asan", [] { return released(true); }},
      {"use after release/read", "asan", "asan", [] { return released(false); }},
      {"misaligned vector access/load", "asan", "asan",
       [=] { return by_error(one_block_each(1, 8), misaligned_load_kernel); }},
      {"misaligned vector access/store", "asan", "asan",
       [=] { return by_error(one_block_each(1, 1), misaligned_store_kernel); }},
      {"host that touches device memory/read", "plain", "signal",
       [] { return touched(-1, false); }},
      {"host that touches device memory/write", "plain", "signal",
       [] { return touched(-1, true); }},
      {"host that touches device memory/lazy device", "plain", "signal",
       [] { return touched(-2, false); }},
      {"result read early/copy", "every", "results", [] { return early(Early::kCopy); }},
      {"result read early/launch", "every", "results", [] { return early(Early::kLaunch); }},
      {"result read early/graph", "every", "results", [] { return early(Early::kGraph); }},
      {"pinned memory reused/copy", "every", "error", [] { return reused(Reuse::kUpload); }},
      {"pinned memory reused/lazy device", "every", "error",
       [] { return reused(Reuse::kLazyUpload); }},
      {"pinned memory reused/graph", "every", "error", [] { return reused(Reuse::kGraph); }},
  };
}

int run(const std::string& name) {
  for (const Seed& seed : seeds()) {
    if (name == "--list") {
      std::printf("%s\t%s\t%s\n", seed.name, seed.build, seed.how);
      continue;
    }
    if (seed.name != name) continue;
    Found found;
    try {
      found = seed.run();
    } catch (const Error& error) {
      found = error.what();
    }
    if (found.empty()) return 0;
    std::printf("%s\n", found.c_str());
    return 3;
  }
  return name == "--list" ? 0 : 2;
}

}  // namespace
}  // namespace fgcn

int main(int argc, char** argv) {
  try {
    return argc == 2 ? fgcn::run(argv[1]) : 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "seeded_faults: %s\n", error.what());
    return 1;
  }
}
