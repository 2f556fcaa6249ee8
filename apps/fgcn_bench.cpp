// Times operators, whole networks and the stages of a reconstruction.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "apps/bench/bench_mesh.h"
#include "apps/bench/bench_networks.h"
#include "apps/bench/bench_ops.h"
#include "apps/bench/bench_recon.h"
#include "apps/command_line.h"
#include "apps/run_app.h"
#include "io/writable.h"

namespace fgcn::bench {
namespace {

struct Options {
  std::vector<std::string> only, skip;
  std::string mesh;
  std::string photo;
  std::string json;
  std::string device = "cpu";
  int threads = 0;
  int repeats = 9;
  std::int64_t batch = 4;
  bool tiny = false;
};

std::vector<OpBench> benches() {
  std::vector<OpBench> all;
  for (const auto part :
       {graph_benches(), dense_benches(), array_benches(), face_benches(), network_benches()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

int run(int argc, char** argv) {
  const std::vector<OpBench> all = benches();
  std::vector<std::string> names;
  names.reserve(all.size() + 1);
  for (const OpBench& b : all) names.emplace_back(b.op);
  names.emplace_back("recon");

  Options o;
  CLI::App app("Times operators, networks and the stages of a reconstruction.", "fgcn_bench");
  add_list(app, "--only", o.only,
           "what to time: an operator, a network or recon; several "
           "between commas; repeatable")
      ->delimiter(',')
      ->check(CLI::IsMember(names));
  add_list(app, "--skip", o.skip, "what not to time, as --only")
      ->delimiter(',')
      ->check(CLI::IsMember(names));
  app.add_option("--photo", o.photo, "photo for recon (default: a picture of the embedded face)");
  app.add_option("--mesh", o.mesh,
                 "folder with L0..L4, D0..D3, U0..U3.npz (default: lattices of a face's sizes)");
  app.add_option("--device", o.device, "where to compute: auto, cpu, cuda, cuda:1 ...")
      ->capture_default_str();
  app.add_option("--threads", o.threads, "threads; 0: one a core")
      ->check(CLI::Range(0, 256))
      ->capture_default_str();
  app.add_option("--batch", o.batch, "samples")->check(CLI::Range(1, 64))->capture_default_str();
  app.add_option("--repeats", o.repeats, "samples of time")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_flag("--tiny", o.tiny, "small sizes: shows that all of it runs, not how fast");
  app.add_option("--json", o.json, "also writes the figures there");
  app.footer(
      "Prints medians of wall and processor time, arithmetic and memory rates, and the bytes that\n"
      "must move: every input once, every output once. Exit code: 0 done, 2 an input was bad, 1 a\n"
      "bug.\n\n"
      "Examples:\n"
      "  fgcn_bench --only spmm --only cheb_conv\n"
      "  fgcn_bench --only recon --photo portrait.jpg --repeats 5\n"
      "  fgcn_bench --threads 1 --json figures.json");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return refuse_command_line("fgcn_bench", app, error);
  }

  if (!o.json.empty()) check_writable(o.json);
  const Context ctx = app_context(o.device, o.threads);
  Report report(ctx, o.repeats);
  const auto wanted = [&](const std::string& name) {
    const auto in = [&](const std::vector<std::string>& list) {
      return std::find(list.begin(), list.end(), name) != list.end();
    };
    return (o.only.empty() || in(o.only)) && !in(o.skip);
  };
  {
    Sizes sizes = o.tiny ? kTiny : Sizes{};
    if (!o.tiny) sizes.batch = o.batch;
    const Scene scene(
        ctx, sizes,
        o.mesh.empty() ? lattice_hierarchy(ctx, sizes.side) : read_hierarchy(ctx, o.mesh));
    for (const OpBench& bench : all)
      if (wanted(bench.op)) bench.run(scene, report);
  }
  if (wanted("recon")) time_reconstruction(ctx, o.photo, report);
  if (!o.json.empty()) report.write_json(o.json);
  return 0;
}

}  // namespace
}  // namespace fgcn::bench

int main(int argc, char** argv) {
  return fgcn::run_app("fgcn_bench", argv, [&] { return fgcn::bench::run(argc, argv); });
}
