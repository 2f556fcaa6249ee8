#include "kernels/momentum/momentum.h"

#include <doctest/doctest.h>

#include "tests/support/op_check.h"

namespace fgcn {
namespace {

struct Case {
  const char* name;
  Shape shape;
  kernels::MomentumOptions options;
};
// In whole pieces of 16 bytes and not, none at all, more than one thread of the CPU takes.
const Case kCases[] = {
    {"one element", {1}, {.learning_rate = 0.5}},
    {"no element", {0, 3}, {.learning_rate = 0.5}},
    {"more than a block", {257, 5}, {.learning_rate = 0.1, .l2 = 0.5}},
    {"whole pieces", {64, 16}, {.learning_rate = 0.1, .momentum = 0.5, .l2 = 0.25}},
    {"without momentum", {7, 11}, {.learning_rate = 0.1, .momentum = 0}},
    {"several threads", {33001}, {.learning_rate = 0.01, .momentum = 0.99, .l2 = 1}}};

TEST_CASE("momentum follows the formula over several steps on every backend") {
  for (const Case& k : kCases) {
    CAPTURE(k.name);
    test::on_every_backend([&](const Context& ctx) {
      Rng rng(1);
      Tensor w = test::uniform(k.shape, rng).to(ctx);
      Tensor velocity = Tensor::zeros(ctx, k.shape);
      std::vector<double> ew = test::to_double(w), ev(ew.size(), 0.0);
      for (int step = 0; step < 3; ++step) {
        const Tensor grad = test::uniform(k.shape, rng).to(ctx);
        const std::vector<double> g = test::to_double(grad);
        kernels::momentum(ctx, k.options, w.view(), velocity.view(), grad.view());
        for (std::size_t i = 0; i < g.size(); ++i) {
          ev[i] = k.options.momentum * ev[i] + g[i] + k.options.l2 * ew[i];
          ew[i] -= k.options.learning_rate * ev[i];
        }
      }
      test::check_close(w, ew, {.abs = 1e-6, .rel = 1e-5});
      test::check_close(velocity, ev, {.abs = 1e-6, .rel = 1e-5});
    });
  }
}

TEST_CASE("momentum names the array that does not fit") {
  const Context ctx;
  Tensor w(ctx, {4, 3}), flat(ctx, {12});
  Tensor velocity(ctx, {4, 3});
  CHECK_THROWS_WITH_AS(kernels::momentum(ctx, {}, w.view(), flat.view(), w.view()),
                       doctest::Contains("the velocity is [12] for weights [4, 3]"), Error);
  CHECK_THROWS_WITH_AS(kernels::momentum(ctx, {}, w.view(), velocity.view(), flat.view()),
                       doctest::Contains("the gradient is [12] for weights [4, 3]"), Error);
}

}  // namespace
}  // namespace fgcn
