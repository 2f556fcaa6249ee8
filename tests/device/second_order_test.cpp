// A gradient penalty, which differentiates a gradient, on a GPU.
#include <doctest/doctest.h>

#include <vector>

#include "autograd/ops/binary.h"
#include "autograd/ops/gemm.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/slice.h"
#include "autograd/ops/unary.h"
#include "layers/conv2d.h"
#include "layers/linear.h"
#include "tests/device/gpus.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

/// mean_n (|d critic / d image_n| - 1)^2 of a small critic, then its gradient by every weight.
std::vector<std::vector<double>> penalty(const Context& ctx) {
  Rng rng(4);
  Conv2d first(ctx, "first", {.channels_in = 3, .channels_out = 5, .stride = 2, .pad = 1}, rng);
  Conv2d second(ctx, "second", {.channels_in = 5, .channels_out = 4, .stride = 2, .pad = 1}, rng);
  Linear last(ctx, "last", 4 * 3 * 3, 1, rng);
  Tape tape(ctx);
  const Var image = tape.leaf(test::uniform({2, 11, 11, 3}, rng).to(ctx));
  const Var hidden = ops::leaky_relu(second(ops::tanh(first(image))), 0.2);
  const Var score = ops::sum(last(ops::reshape(hidden, {2, 4 * 3 * 3})));
  const Var slope = tape.grad(score, {image}, {.seed = {}, .create_graph = true})[0];
  const Var length = ops::sqrt(ops::sum_to(ops::square(slope), {2, 1, 1, 1}));
  const Var out = ops::mean(ops::square(ops::add_scalar(length, -1)));
  Vars xs;
  std::vector<Parameter*> parameters = first.parameters();
  for (Parameter* p : second.parameters()) parameters.push_back(p);
  for (Parameter* p : last.parameters()) parameters.push_back(p);
  for (const Parameter* p : parameters) xs.push_back(tape.use(*p));
  std::vector<std::vector<double>> all{test::to_double(out.value())};
  for (const Var& grad : tape.grad(out, xs)) all.push_back(test::to_double(grad.value()));
  return all;
}

TEST_CASE("a gradient penalty and its gradient are the CPU's") {
  const std::vector<std::vector<double>> expected = penalty(Context());
  CHECK(expected[0][0] > 0);
  test::on_every_gpu(
      [&](const Context& ctx) {
        const std::vector<std::vector<double>> actual = penalty(ctx);
        for (std::size_t i = 0; i < expected.size(); ++i) {
          CAPTURE(i);
          CHECK(test::relative_error(actual[i], expected[i]) <= 1e-5);
        }
      },
      {.needs = {"cublas"}, .random_orders = 1});
}

}  // namespace
}  // namespace fgcn
