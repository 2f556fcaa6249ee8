#include <numeric>

#include "apps/bench/bench_case.h"
#include "apps/bench/bench_ops.h"
#include "autograd/ops/binary.h"
#include "autograd/ops/gather.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/slice.h"
#include "autograd/ops/transpose.h"
#include "autograd/ops/unary.h"
#include "kernels/core/rng.h"

namespace fgcn::bench {
namespace {

constexpr Backward kInputs = Backward::kCotangentAndInputs;
constexpr Backward kOutput = Backward::kCotangentAndOutput;

/// Features as graph layers see them.
Shape features(const Scene& scene, std::int64_t channels) {
  return {scene.sizes.vertices(), scene.sizes.batch, channels};
}

void unary(const Scene& scene, Report& report) {
  struct Function {
    const char* name;
    Var (*f)(const Var&);
    Backward reads = kInputs;
    double low = 0.1;  // a range where every function is defined and takes its usual way
    double high = 2;
  };
  constexpr Function kFunctions[] = {
      {"scale", [](const Var& x) { return ops::scale(x, 3); }, Backward::kCotangent},
      {"add_scalar", [](const Var& x) { return ops::add_scalar(x, 3); }, Backward::kNothing},
      {"exp", ops::exp, kOutput},
      {"log", ops::log},
      {"sqrt", ops::sqrt, kOutput},
      {"square", ops::square},
      {"abs", ops::abs, kInputs, -1, 1},
      {"sin", ops::sin, kInputs, -3, 3},
      {"cos", ops::cos, kInputs, -3, 3},
      {"tanh", ops::tanh, kOutput, -3, 3},
      {"sigmoid", ops::sigmoid, kOutput, -3, 3},
      {"leaky_relu", [](const Var& x) { return ops::leaky_relu(x, 0.2); }, kInputs, -1, 1},
      {"elu", ops::elu, kOutput, -1, 1},
      {"clamp", [](const Var& x) { return ops::clamp(x, 0, 1); }, kInputs, -1, 2},
      {"reciprocal", ops::reciprocal, kOutput},
      {"softplus", ops::softplus, kOutput, -3, 3},
  };
  const Shape shape = features(scene, 16);
  const auto size = static_cast<double>(shape.size());
  for (const Function& u : kFunctions) {
    time_case(scene, report, "unary",
              {.variant = u.name,
               .inputs = {uniform(scene.ctx, shape, 1, u.low, u.high)},
               .f = [&](const Vars& v) { return u.f(v[0]); },
               .flops = size,
               .backward_flops = u.reads == Backward::kNothing ? 0 : 2 * size,
               .reads = u.reads});
  }
}

void binary(const Scene& scene, Report& report) {
  struct Function {
    const char* name;
    Var (*f)(const Var&, const Var&);
    double backward_flops;  // an element
    Backward reads;
  };
  constexpr Function kFunctions[] = {
      {"add", ops::add, 0, Backward::kNothing},
      {"sub", ops::sub, 1, Backward::kCotangent},
      {"mul", ops::mul, 2, kInputs},
      {"div", ops::div, 4, kInputs},
      {"maximum", ops::maximum, 3, kInputs},
      {"minimum", ops::minimum, 3, kInputs},
  };
  const Shape shape = features(scene, 16);
  const auto size = static_cast<double>(shape.size());
  const auto time = [&](const std::string& variant, const Function& b, const Shape& second,
                        double sums) {
    time_case(
        scene, report, "binary",
        {.variant = variant,
         .inputs = {uniform(scene.ctx, shape, 1, 0.5, 2), uniform(scene.ctx, second, 2, 0.5, 2)},
         .f = [&](const Vars& v) { return b.f(v[0], v[1]); },
         .flops = size,
         .backward_flops = (b.backward_flops + sums) * size,
         .reads = b.reads});
  };
  for (const Function& b : kFunctions) time(b.name, b, shape, 0);
  time("mul, by channels repeated", kFunctions[2], {16}, 1);
  time("mul, by vertices repeated", kFunctions[2], {shape[0], shape[1], 1}, 1);
}

void reduce(const Scene& scene, Report& report) {
  const Shape shape = features(scene, 16);
  const auto size = static_cast<double>(shape.size());
  const auto sum = [&](const char* variant, const Shape& to) {
    time_case(scene, report, "reduce",
              {.variant = variant,
               .inputs = {uniform(scene.ctx, shape, 1)},
               .f = [&](const Vars& v) { return ops::sum_to(v[0], to); },
               .flops = size});
  };
  sum("sum of all", {1});
  sum("sum over vertices", {1, shape[1], shape[2]});
  sum("sum over channels", {shape[0], shape[1], 1});
  time_case(scene, report, "reduce",
            {.variant = "repeat over vertices",
             .inputs = {uniform(scene.ctx, {1, shape[1], shape[2]}, 1)},
             .f = [&](const Vars& v) { return ops::repeat_to(v[0], shape); },
             .backward_flops = size});
}

/// All vertices in a random order, the worst for caches.
void gather(const Scene& scene, Report& report) {
  const std::int64_t vertices = scene.sizes.vertices();
  std::vector<std::int32_t> order(static_cast<std::size_t>(vertices));
  std::iota(order.begin(), order.end(), 0);
  Rng rng(1);
  for (std::int64_t i = vertices - 1; i > 0; --i) std::swap(order[i], order[rng.below(i + 1)]);
  const RowIndex index(scene.ctx, vertices, order);
  const auto time = [&](const char* variant, const Shape& shape, int axis, const auto& f) {
    time_case(scene, report, "gather",
              {.variant = variant,
               .inputs = {uniform(scene.ctx, shape, 1)},
               .f = [&, axis](const Vars& v) { return f(v[0], index, {.axis = axis}); },
               .constant_bytes = static_cast<double>(index.index().bytes())});
  };
  const std::int64_t batch = scene.sizes.batch;
  time("vertex-major", {vertices, batch, 16}, 0, ops::gather);
  time("image-major", {batch, vertices, 3}, 1, ops::gather);
  time("scatter_add, vertex-major", {vertices, batch, 16}, 0, ops::scatter_add);
}

void slice(const Scene& scene, Report& report) {
  const Shape shape = features(scene, 16);
  const auto time = [&](const char* variant, std::vector<Tensor> inputs,
                        const std::function<Var(const Vars&)>& f) {
    time_case(scene, report, "slice", {.variant = variant, .inputs = std::move(inputs), .f = f});
  };
  time("half of the channels", {uniform(scene.ctx, shape, 1)},
       [](const Vars& v) { return ops::slice(v[0], {.axis = 2, .begin = 4, .size = 8}); });
  time("half of the vertices", {uniform(scene.ctx, shape, 1)}, [&](const Vars& v) {
    return ops::slice(v[0], {.axis = 0, .begin = shape[0] / 4, .size = shape[0] / 2});
  });
  time("pad of channels", {uniform(scene.ctx, features(scene, 8), 1)},
       [](const Vars& v) { return ops::pad(v[0], {.axis = 2, .before = 4, .after = 4}); });
  time("concat of 3 and 4 channels",
       {uniform(scene.ctx, features(scene, 3), 1), uniform(scene.ctx, features(scene, 4), 2)},
       [](const Vars& v) { return ops::concat(v, 2); });
}

void transpose(const Scene& scene, Report& report) {
  for (const std::int64_t channels : {3, 16}) {
    time_case(scene, report, "transpose",
              {.variant = text("vertices and batch, ", channels, " channels"),
               .inputs = {uniform(scene.ctx, features(scene, channels), 1)},
               .f = [](const Vars& v) {
                 return ops::transpose(v[0], {1, 0, 2});
               }});
  }
}

constexpr OpBench kBenches[] = {{"unary", unary},   {"binary", binary}, {"reduce", reduce},
                                {"gather", gather}, {"slice", slice},   {"transpose", transpose}};

}  // namespace

std::span<const OpBench> array_benches() { return kBenches; }

}  // namespace fgcn::bench
