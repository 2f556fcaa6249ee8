// Runs every case of fgcn_bench, and a whole step of the generator, once on the recorded emulator
// and writes what each kernel moved. scripts/kernel_report.sh makes a report of it
// (docs/results/kernel-report.md).
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/bench/bench_mesh.h"
#include "apps/bench/bench_ops.h"
#include "apps/run_app.h"
#include "io/file.h"
#include "kernels/simt/access/race_finder.h"
#include "kernels/simt/access/recorder.h"
#include "tests/simt/generator_traffic.h"
#include "tests/simt/race_text.h"

namespace fgcn::bench {
namespace {

using Json = nlohmann::ordered_json;

const char* name(simt::Space space) { return space == simt::Space::kShared ? "shared" : "global"; }
const char* name(simt::Access access) {
  switch (access) {
    case simt::Access::kRead:
      return "read";
    case simt::Access::kWrite:
      return "write";
    case simt::Access::kAtomic:
      return "atomic";
  }
  return "";
}

Json to_json(const simt::SiteCount& site) {
  const simt::RequestCount& c = site.count;
  return {{"code", site.code},   {"space", name(site.space)}, {"access", name(site.access)},
          {"bytes", site.bytes}, {"requests", c.requests},    {"lanes", c.lanes},
          {"asked", c.asked},    {"sectors", c.sectors},      {"passes", c.passes},
          {"turns", c.turns}};
}

Json to_json(const simt::KernelTraffic& k) {
  Json sites = Json::array();
  for (const simt::SiteCount& site : k.sites) sites.push_back(to_json(site));
  return {{"launch", k.name},
          {"code", k.code},
          {"threads", k.threads},
          {"dynamic_shared", k.dynamic_shared},
          {"launches", k.launches},
          {"blocks", k.blocks},
          {"traced_blocks", k.traced_blocks},
          {"block_bytes", k.block_bytes},
          {"grid_bytes", k.grid_bytes},
          {"sites", std::move(sites)}};
}

/// Runs each case once, recorded.
class TrafficReport final : public Report {
 public:
  TrafficReport(const Context& ctx, std::uint64_t traced_blocks)
      : Report(ctx, 1), ctx_(ctx), traced_blocks_(traced_blocks) {}

  void time(const Work& work, const std::function<void()>& prepare,
            const std::function<void()>& body) override {
    prepare();
    const simt::Recorder recorder(ctx_, traced_blocks_);
    body();
    Json kernels = Json::array();
    for (const simt::KernelTraffic& k : recorder.traffic()) kernels.push_back(to_json(k));
    cases.push_back({{"op", work.subject},
                     {"variant", work.variant},
                     {"pass", work.pass},
                     {"flops", work.flops},
                     {"bytes", work.bytes},
                     {"kernels", std::move(kernels)}});
  }

  Json cases = Json::array();

 private:
  Context ctx_;
  std::uint64_t traced_blocks_;
};

/// Runs each case once and says what two threads do to the same memory unordered.
class RaceReport final : public Report {
 public:
  explicit RaceReport(const Context& ctx) : Report(ctx, 1), ctx_(ctx) {}

  void time(const Work& work, const std::function<void()>& prepare,
            const std::function<void()>& body) override {
    prepare();
    const simt::RaceFinder finder(ctx_);
    body();
    ++cases;
    for (const simt::Race& race : finder.races()) {
      ++races;
      std::printf("%s %s, %s: %s\n", work.subject.c_str(), work.variant.c_str(), work.pass.c_str(),
                  test::race_text(race).c_str());
    }
  }

  int cases = 0, races = 0;

 private:
  Context ctx_;
};

int run(int argc, char** argv) {
  std::vector<OpBench> all;
  for (const auto part : {graph_benches(), dense_benches(), array_benches(), face_benches()})
    all.insert(all.end(), part.begin(), part.end());
  all.push_back({"generator", record_generator_step});
  std::vector<std::string> names;
  for (const OpBench& b : all) names.emplace_back(b.op);

  std::vector<std::string> only;
  std::string json;
  bool small = false;
  std::uint64_t traced_blocks = 256;
  CLI::App app("Records what memory the CUDA kernels touch, without a GPU.", "fgcn_kernel_traffic");
  app.add_option("--only", only, "operators; repeatable")->check(CLI::IsMember(names));
  app.add_flag("--small", small, "small sizes, every block looked at");
  app.add_option("--traced-blocks", traced_blocks, "blocks a launch that are looked at")
      ->check(CLI::Range(1, 1 << 30))
      ->capture_default_str();
  auto* to = app.add_option("--json", json, "where the counts go");
  bool races = false;
  app.add_flag("--races", races, "look for races instead; exit code 1 when there is one")
      ->excludes(to);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }

  const Sizes sizes = small ? kTiny : Sizes{};
  const Context ctx(Device::kEmulated);
  const Scene scene(ctx, sizes, lattice_hierarchy(ctx, sizes.side));
  Json missing = Json::array();
  const auto run_all = [&](Report& report) {
    for (const OpBench& bench : all) {
      if (!only.empty() && std::find(only.begin(), only.end(), bench.op) == only.end()) continue;
      try {
        bench.run(scene, report);
      } catch (const MissingBackend& error) {
        missing.push_back({{"op", bench.op}, {"why", error.what()}});
      }
    }
  };
  if (races) {
    RaceReport report(ctx);
    run_all(report);
    std::printf("%d cases, %d races\n", report.cases, report.races);
    return report.races == 0 ? 0 : 1;
  }
  if (json.empty()) input_error("give --json FILE, for the counts, or --races");
  TrafficReport report(ctx, small ? simt::Recorder::kEveryBlock : traced_blocks);
  run_all(report);
  write_file(
      json,
      Json{{"small", small}, {"cases", std::move(report.cases)}, {"missing", std::move(missing)}}
          .dump());
  return 0;
}

}  // namespace
}  // namespace fgcn::bench

int main(int argc, char** argv) {
  return fgcn::run_app("fgcn_kernel_traffic", argv, [&] { return fgcn::bench::run(argc, argv); });
}
