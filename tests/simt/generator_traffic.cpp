#include "tests/simt/generator_traffic.h"

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "autograd/ops/binary.h"
#include "autograd/ops/reduce.h"
#include "kernels/adam/adam.h"
#include "kernels/gemm/gemm.h"
#include "kernels/simt/access/runtime.h"
#include "layers/generator.h"

namespace fgcn {

namespace kernels::emulated {

/// The product itself by the CPU's kernel. Only here: for the other cases there is none, so that
/// they are left out as what they are, a library's.
void gemm(const Context& ctx, const GemmOptions& options, View<const real> a, View<const real> b,
          View<real> y) {
  auto& runtime = dynamic_cast<simt::RecordingRuntime&>(ctx.runtime());
  if (!runtime.counts_products()) throw MissingBackend("gemm has no CUDA source for the emulator");
  cpu::gemm(Context(Device::kCpu, 1), options, a, b, y);
  const auto bytes = [](std::int64_t size) {
    return static_cast<std::size_t>(size) * sizeof(real);
  };
  runtime.count_call("gemm", bytes(a.size() + b.size() + (options.accumulate ? y.size() : 0)),
                     bytes(y.size()));
}

}  // namespace kernels::emulated

namespace bench {
namespace {

struct Must {
  double forward = 0, backward = 0, adam = 0;  // bytes
};

/// Level of a graph layer, from its parameters' name; and whether an un-pooling lies before it, so
/// that it may read the level below.
struct Place {
  std::size_t level = 0;
  bool unpooled = false;
};
Place place_of(std::string_view name, std::size_t levels) {
  const std::size_t pools = levels - 1;
  for (const auto& [prefix, first, down] : {std::tuple{"decoder.", pools - 1, false},
                                            {"refiner.up", pools - 1, false},
                                            {"refiner.down", std::size_t{1}, true}}) {
    if (!name.starts_with(prefix)) continue;
    const std::string_view rest = name.substr(std::string_view(prefix).size());
    std::size_t number = 0;
    if (std::from_chars(rest.data(), rest.data() + rest.size(), number).ec != std::errc()) continue;
    return {down ? first + number : first - number, !down};
  }
  return {};
}

Must must_move(const Scene& scene, Generator& generator) {
  Must out;
  const double batch = static_cast<double>(scene.sizes.batch);
  for (const Parameter* p : generator.parameters()) {
    const double weight = static_cast<double>(p->value.bytes());
    out.adam += 6 * weight;
    out.forward += weight;
    out.backward += weight;
    const Shape& shape = p->value.shape();
    double in = 0, y = 0;
    if (shape.rank == 3) {  // [K, C_in, C_out]
      const Place at = place_of(p->name, scene.hierarchy.levels());
      const auto rows = [&](std::size_t level) {
        return batch * static_cast<double>(scene.hierarchy.vertices(level));
      };
      in = rows(at.unpooled ? at.level + 1 : at.level) * static_cast<double>(shape[1]);
      y = rows(at.level) * static_cast<double>(shape[2]);
    } else if (shape.rank == 2) {  // [I, O]
      in = batch * static_cast<double>(shape[0]);
      y = batch * static_cast<double>(shape[1]);
    }
    out.forward += sizeof(real) * (in + y);
    out.backward += sizeof(real) * 2 * (in + y);
  }
  return out;
}

}  // namespace

void record_generator_step(const Scene& scene, Report& report) {
  const Context& ctx = scene.ctx;
  auto& runtime = dynamic_cast<simt::RecordingRuntime&>(ctx.runtime());
  const std::int64_t vertices = scene.hierarchy.vertices(0), batch = scene.sizes.batch;
  Generator generator(ctx, scene.hierarchy, scene.sizes.dense_in, Rng(1));
  const std::vector<Parameter*> parameters = generator.parameters();
  const Tensor embedding = uniform(ctx, {batch, scene.sizes.dense_in}, 1, 0, 1.6);
  const Tensor input = uniform(ctx, {vertices, batch, 7}, 2);
  const Tensor cotangent = uniform(ctx, {vertices, batch, 3}, 3);
  const Must must = must_move(scene, generator);
  std::optional<Tape> tape;
  Var albedo;
  std::vector<Gradient> gradients;
  runtime.count_products(true);
  const auto forward = [&] {
    tape.emplace(ctx);
    albedo = generator(tape->constant(embedding), tape->constant(input));
  };
  forward();  // makes the layers' tiles
  report.time(
      {"generator", {}, "forward", 0, must.forward}, [&] { tape.reset(); }, forward);
  Var loss;
  report.time(
      {"generator", {}, "backward", 0, must.backward},
      [&] { loss = ops::sum(ops::mul(albedo, tape->constant(cotangent))); },
      [&] {
        Vars xs;
        for (const Parameter* p : parameters) xs.push_back(tape->use(*p));
        gradients = tape->gradients(loss, xs);
      });
  std::vector<std::vector<Tensor>> moments;
  std::vector<kernels::AdamTensor> tensors;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    Tensor& w = parameters[i]->value;
    moments.push_back({Tensor::zeros(ctx, w.shape()), Tensor::zeros(ctx, w.shape())});
    const Gradient& g = gradients[i];
    tensors.push_back({{w.view(), moments[i][0].view(), moments[i][1].view()},
                       {g.stored.view(), g.x.view(), g.grad_y.view()}});
  }
  const auto count = static_cast<std::int64_t>(tensors.size());
  TensorOf<double> squares(ctx, {count});
  Tensor scales(ctx, {count});
  IndexTensor bad = IndexTensor::zeros(ctx, {1});
  const kernels::AdamFactors host = kernels::adam_factors({});
  TensorOf<std::uint8_t> factors(ctx, {sizeof host});
  ctx.runtime().upload(factors.data(), &host, sizeof host);
  const kernels::AdamRecord record{reinterpret_cast<const kernels::AdamFactors*>(factors.data()),
                                   squares.data(), scales.data(), bad.data()};
  report.time({"generator", {}, "Adam", 0, must.adam},
              [&] { kernels::adam_step(ctx, 5, tensors, record); });
  runtime.count_products(false);
}

}  // namespace bench
}  // namespace fgcn
