// Times operators and the generator network.
// fgcn_bench [NAME...] [--mesh DIR] [--threads N] [--batch N] [--repeats N] [--json FILE]
// Names: spmm cheb_conv bias_elu adam rasterize generator; none: all of them.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "apps/bench_generator.h"
#include "apps/bench_mesh.h"
#include "apps/bench_raster.h"
#include "apps/bench_timer.h"
#include "apps/run_app.h"
#include "kernels/adam/adam.h"
#include "kernels/bias_elu/bias_elu.h"
#include "kernels/cheb_conv/cheb_conv.h"
#include "kernels/core/file.h"
#include "kernels/spmm/spmm.h"

namespace fgcn::bench {
namespace {

struct Options {
  std::vector<std::string> names;
  std::string mesh;
  std::string json;
  int threads = 0;
  int repeats = 9;
  std::int64_t batch = 4;
};

struct Bench {
  const Options& options;
  Context ctx;
  GraphHierarchy hierarchy;
  std::vector<Result> results;

  void add(const std::string& name, double flops, double bytes, const std::function<void()>& body) {
    ctx.runtime().reset_peak();
    const auto before = static_cast<double>(ctx.runtime().bytes_in_use());
    Result result{name, measure(options.repeats, body), flops, bytes, 0};
    result.peak_bytes = static_cast<double>(ctx.runtime().bytes_peak()) - before;
    const Timing& t = result.timing;
    std::printf("%-28s %9.3f ms  best %9.3f  cpu %9.3f  %7.1f GFLOP/s %6.1f GB/s  peak %7.1f MB\n",
                name.c_str(), t.wall_ms, t.best_ms, t.cpu_ms, flops / t.wall_ms * 1e-6,
                bytes / t.wall_ms * 1e-6, result.peak_bytes * 1e-6);
    std::fflush(stdout);
    results.push_back(std::move(result));
  }
};

constexpr double kReal = sizeof(real);

Tensor filled(const Context& ctx, const Shape& shape, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<real> values(static_cast<std::size_t>(shape.size()));
  for (real& v : values) v = static_cast<real>(rng.uniform(-1, 1));
  return Tensor::of(ctx, shape, values);
}

double matrix_bytes(const CsrView& a) {
  return static_cast<double>(a.nnz) * (kReal + 4) + static_cast<double>(a.rows + 1) * 4;
}

void bench_spmm(Bench& bench) {
  const CsrView l = bench.hierarchy.laplacian[0].view();
  const Tensor x = filled(bench.ctx, {l.cols, bench.options.batch, 16}, 1);
  Tensor y(bench.ctx, x.shape());
  const auto columns = static_cast<double>(x.size()) / static_cast<double>(l.cols);
  bench.add(text("spmm ", columns, " columns"), 2 * static_cast<double>(l.nnz) * columns,
            2 * static_cast<double>(x.bytes()) + matrix_bytes(l),
            [&] { kernels::spmm(bench.ctx, l, std::as_const(x).view(), y.view()); });
}

void bench_cheb_conv(Bench& bench) {
  constexpr std::int64_t kTerms = 6;
  const CsrView l = bench.hierarchy.laplacian[0].view();
  for (const auto& [in, out] : {std::pair{7, 16}, {16, 16}, {16, 3}, {6, 3}}) {
    const Context& ctx = bench.ctx;
    const Tensor x = filled(ctx, {l.rows, bench.options.batch, in}, 1);
    const Tensor grad_y = filled(ctx, {l.rows, bench.options.batch, out}, 2);
    const Tensor w = filled(ctx, {kTerms, in, out}, 3);
    Tensor y(ctx, grad_y.shape()), grad_x(ctx, x.shape()), grad_w(ctx, w.shape());
    const double rows = static_cast<double>(l.rows * bench.options.batch);
    const double product = 2 * rows * static_cast<double>(in * out) * kTerms;
    const double sparse = 2 * static_cast<double>(l.nnz * bench.options.batch) * (kTerms - 1);
    const double values = static_cast<double>(x.bytes() + grad_y.bytes());
    bench.add(text("cheb_conv ", in, " -> ", out), product + sparse * std::min(in, out),
              values + matrix_bytes(l), [&] {
                kernels::cheb_conv(ctx, l, std::as_const(x).view(), w.view(),
                                   kernels::ChebWeights::kAsGiven, y.view());
              });
    bench.add(text("cheb_backward ", in, " -> ", out), 2 * product + sparse * out,
              values + static_cast<double>(x.bytes()) + matrix_bytes(l), [&] {
                kernels::cheb_backward(ctx, l, x.view(), w.view(), grad_y.view(), grad_x.view(),
                                       grad_w.view());
              });
  }
}

void bench_bias_elu(Bench& bench) {
  const Context& ctx = bench.ctx;
  const Shape shape{bench.hierarchy.vertices(0), bench.options.batch, 16};
  const Tensor x = filled(ctx, shape, 1), b = filled(ctx, {16}, 2);
  Tensor y(ctx, shape), grad_b(ctx, {16});
  bench.add("bias_elu", 0, 2 * static_cast<double>(x.bytes()),
            [&] { kernels::bias_elu(ctx, x.view(), b.view(), y.view()); });
  Tensor grad_x(ctx, shape);
  bench.add("bias_elu_backward", 0, 3 * static_cast<double>(x.bytes()), [&] {
    kernels::bias_elu_backward(ctx, std::as_const(y).view(), x.view(), grad_x.view(),
                               grad_b.view());
  });
}

void bench_adam(Bench& bench) {
  const Context& ctx = bench.ctx;
  const Shape shape{3840, 4480};
  Tensor w = filled(ctx, shape, 1), m = Tensor::zeros(ctx, shape), v = Tensor::zeros(ctx, shape);
  const Tensor grad = filled(ctx, shape, 2);
  const auto bytes = static_cast<double>(w.bytes());
  const kernels::AdamState state{w.view(), m.view(), v.view()};
  bench.add("adam, dense gradient", 0, 7 * bytes,
            [&] { kernels::adam(ctx, {}, state, {.stored = grad.view()}); });
  const Tensor x = filled(ctx, {bench.options.batch, shape[0]}, 3);
  const Tensor grad_y = filled(ctx, {bench.options.batch, shape[1]}, 4);
  bench.add("adam, gradient of low rank", 0, 6 * bytes,
            [&] { kernels::adam(ctx, {}, state, {.x = x.view(), .grad_y = grad_y.view()}); });
}

void bench_rasterize(Bench& bench) {
  RasterScene scene(bench.ctx, bench.options.batch);
  scene.run(3, [&](const std::string& name, double bytes, const std::function<void()>& body) {
    bench.add(name, 0, bytes, body);
  });
}

void bench_generator(Bench& bench) {
  GeneratorStep step(bench.ctx, bench.hierarchy, bench.options.batch);
  double first = 0;
  bench.add("generator forward", 0, 0, [&] { first = step.forward(); });
  bench.add("generator step", 0, 0, [&] { (void)step.step(); });
  std::printf("loss %.6f before, %.6f after\n", first, step.forward());
}

void write_json(const Bench& bench) {
  nlohmann::json all = nlohmann::json::array();
  for (const Result& r : bench.results) {
    all.push_back({{"name", r.name},
                   {"wall_ms", r.timing.wall_ms},
                   {"best_ms", r.timing.best_ms},
                   {"cpu_ms", r.timing.cpu_ms},
                   {"flops", r.flops},
                   {"bytes", r.bytes},
                   {"peak_bytes", r.peak_bytes},
                   {"threads", bench.ctx.threads()}});
  }
  write_file(bench.options.json, all.dump(2) + "\n");
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app("Times operators and the generator network.");
  app.add_option("names", options.names,
                 "spmm, cheb_conv, bias_elu, adam, rasterize, generator; none: all of them")
      ->check(CLI::IsMember({"spmm", "cheb_conv", "bias_elu", "adam", "rasterize", "generator"}));
  app.add_option("--mesh", options.mesh,
                 "folder with L0..L4, D0..D3, U0..U3.npz (default: lattices of a face's sizes)");
  app.add_option("--threads", options.threads, "threads; 0: one a core")->capture_default_str();
  app.add_option("--batch", options.batch, "samples")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  app.add_option("--repeats", options.repeats, "samples of time")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  app.add_option("--json", options.json, "also writes the figures there");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const Context ctx(Device::kCpu, options.threads);
  Bench bench{options,
              ctx,
              options.mesh.empty() ? lattice_hierarchy(ctx) : read_hierarchy(ctx, options.mesh),
              {}};
  const std::set<std::string> names(options.names.begin(), options.names.end());
  const auto wanted = [&](const char* name) { return names.empty() || names.count(name) > 0; };
  if (wanted("spmm")) bench_spmm(bench);
  if (wanted("cheb_conv")) bench_cheb_conv(bench);
  if (wanted("bias_elu")) bench_bias_elu(bench);
  if (wanted("adam")) bench_adam(bench);
  if (wanted("rasterize")) bench_rasterize(bench);
  if (wanted("generator")) bench_generator(bench);
  if (!options.json.empty()) write_json(bench);
  return 0;
}

}  // namespace
}  // namespace fgcn::bench

int main(int argc, char** argv) {
  return fgcn::run_app("fgcn_bench", [&] { return fgcn::bench::run(argc, argv); });
}
