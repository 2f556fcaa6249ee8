#include "apps/bench/bench_case.h"
#include "apps/bench/bench_ops.h"
#include "autograd/ops/bias_elu.h"
#include "autograd/ops/cheb_conv.h"
#include "autograd/ops/spmm.h"
#include "kernels/spmm/spmm_cusparse.h"

namespace fgcn::bench {
namespace {

constexpr std::int64_t kTerms = 6;

double bytes(const CsrView& a) {
  return static_cast<double>(a.nnz) * (sizeof(real) + 4) + static_cast<double>(a.rows + 1) * 4;
}

void spmm(const Scene& scene, Report& report) {
  const auto time = [&](const std::string& what, const SparseOperator& a, std::int64_t channels) {
    const std::int64_t columns = scene.sizes.batch * channels;
    const double flops = 2 * static_cast<double>(a.view().nnz * columns);
    time_case(scene, report, "spmm",
              {.variant = text(what, ", ", columns, " columns"),
               .inputs = {uniform(scene.ctx, {a.cols(), scene.sizes.batch, channels}, 1)},
               .f = [&](const Vars& v) { return ops::spmm(a, v[0]); },
               .flops = flops,
               .backward_flops = flops,
               .constant_bytes = bytes(a.view())});
    if (!kernels::has_spmm_cusparse(scene.ctx)) return;
    const Tensor x = uniform(scene.ctx, {a.cols(), columns}, 1);
    Tensor y(scene.ctx, {a.rows(), columns});
    report.time({"spmm", text(what, ", ", columns, " columns, cuSPARSE"), "forward", flops,
                 static_cast<double>(x.bytes() + y.bytes()) + bytes(a.view())},
                [&] { kernels::spmm_cusparse(scene.ctx, a.view(), x.view(), y.view()); });
  };
  time("L", scene.hierarchy.laplacian[0], 16);
  time("L", scene.hierarchy.laplacian[0], 3);
  time("pool", scene.hierarchy.pool[0], 16);
  time("unpool", scene.hierarchy.unpool[0], 16);
}

/// Behind the finest un-pooling: the terms un-pooled as they are summed, without and with the
/// products on the coarse mesh.
void cheb_conv_unpooled(const Scene& scene, Report& report) {
  const SparseOperator& l = scene.hierarchy.laplacian[0];
  const SparseOperator& u = scene.hierarchy.unpool[0];
  constexpr std::int64_t kIn = 32, kOut = 16;
  const auto batch = static_cast<double>(scene.sizes.batch);
  const double product = 2 * static_cast<double>(u.cols()) * batch * kIn * kOut * kTerms;
  const double sparse =
      2 * batch * kOut * static_cast<double>(l.view().nnz * (kTerms - 1) + u.view().nnz * kTerms);
  time_case(scene, report, "cheb_conv",
            {.variant = text("terms un-pooled, ", kOut),
             .inputs = {uniform(scene.ctx, {u.cols(), scene.sizes.batch, kTerms * kOut}, 1)},
             .f = [&](const Vars& v) { return ops::cheb_sum_unpooled(l, u, v[0], kTerms); },
             .flops = sparse,
             .backward_flops = sparse,
             .constant_bytes = bytes(l.view()) + bytes(u.view())});
  time_case(scene, report, "cheb_conv",
            {.variant = text("un-pooled, ", kIn, " -> ", kOut),
             .inputs = {uniform(scene.ctx, {u.cols(), scene.sizes.batch, kIn}, 1),
                        uniform(scene.ctx, {kTerms, kIn, kOut}, 2)},
             .f = [&](const Vars& v) { return ops::cheb_conv_unpooled(l, u, v[0], v[1]); },
             .flops = product + sparse,
             .backward_flops = 2 * product + sparse,
             .reads = Backward::kCotangentAndInputs,
             .constant_bytes = bytes(l.view()) + bytes(u.view())});
}

void cheb_conv(const Scene& scene, Report& report) {
  const SparseOperator& l = scene.hierarchy.laplacian[0];
  for (const auto& [in, out] : {std::pair{7, 16}, {16, 16}, {16, 3}, {6, 3}}) {
    const double rows = static_cast<double>(l.rows() * scene.sizes.batch);
    const double product = 2 * rows * in * out * kTerms;
    const double sparse = 2 * static_cast<double>(l.view().nnz * scene.sizes.batch) * (kTerms - 1);
    time_case(scene, report, "cheb_conv",
              {.variant = text(in, " -> ", out),
               .inputs = {uniform(scene.ctx, {l.rows(), scene.sizes.batch, in}, 1),
                          uniform(scene.ctx, {kTerms, in, out}, 2)},
               .f = [&](const Vars& v) { return ops::cheb_conv(l, v[0], v[1]); },
               .flops = product + sparse * std::min(in, out),
               .backward_flops = 2 * product + sparse * out,
               .reads = Backward::kCotangentAndInputs,
               .constant_bytes = bytes(l.view())});
  }
  cheb_conv_unpooled(scene, report);
}

void bias_elu(const Scene& scene, Report& report) {
  const Shape shape{scene.sizes.vertices(), scene.sizes.batch, 16};
  const auto size = static_cast<double>(shape.size());
  time_case(scene, report, "bias_elu",
            {.variant = "16 channels",
             .inputs = {uniform(scene.ctx, shape, 1), uniform(scene.ctx, {16}, 2)},
             .f = [](const Vars& v) { return ops::bias_elu(v[0], v[1]); },
             .flops = 2 * size,
             .backward_flops = 4 * size,
             .reads = Backward::kCotangentAndOutput});
}

constexpr OpBench kBenches[] = {{"spmm", spmm}, {"cheb_conv", cheb_conv}, {"bias_elu", bias_elu}};

}  // namespace

std::span<const OpBench> graph_benches() { return kBenches; }

}  // namespace fgcn::bench
