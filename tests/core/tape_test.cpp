#include <doctest/doctest.h>

#include "autograd/ops/binary.h"
#include "autograd/ops/reduce.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

TEST_CASE("derivatives of x^3 to the third order") {
  const Context ctx;
  Tape tape(ctx);
  const Var x = tape.leaf(Tensor::full(ctx, {1}, real(2)));
  const Var y = ops::mul(x, ops::mul(x, x));
  const GradOptions graph{.seed = {}, .create_graph = true};
  const Var first = tape.grad(y, {x}, graph)[0];
  const Var second = tape.grad(first, {x}, graph)[0];
  const Var third = tape.grad(second, {x})[0];
  CHECK(first.value().item() == 12);
  CHECK(second.value().item() == 12);
  CHECK(third.value().item() == 6);
}

TEST_CASE(
    "a gradient that reaches a variable by several ways is their sum, and inputs stay unwritten") {
  const Context ctx;
  Tape tape(ctx);
  const Tensor start = Tensor::full(ctx, {3}, real(5));
  const Var x = tape.leaf(start);
  const Var y = ops::sum(ops::add(ops::add(x, x), ops::add(x, ops::mul(x, x))));
  const Var seed = tape.constant(Tensor::full(ctx, {1}, real(2)));
  const Var grad = tape.grad(y, {x}, {.seed = seed})[0];
  CHECK(grad.value().to_host() == std::vector<real>(3, real(2 * (3 + 10))));
  CHECK(start.to_host() == std::vector<real>(3, real(5)));
  CHECK(seed.value().item() == 2);
}

TEST_CASE("a variable that y does not depend on gets zeros") {
  const Context ctx;
  Tape tape(ctx);
  const Var x = tape.leaf(Tensor::full(ctx, {2}, real(1)));
  const Var z = tape.leaf(Tensor::full(ctx, {4}, real(1)));
  CHECK(tape.grad(ops::sum(x), {z})[0].value().to_host() == std::vector<real>(4, real(0)));
}

TEST_CASE("an operator that offers one order says so at the second") {
  const Context ctx;
  Tape tape(ctx);
  const Var x = tape.leaf(Tensor::full(ctx, {1}, real(3)));
  const Var y = tape.record(
      "cube", {x}, Tensor::full(ctx, {1}, real(27)),
      [&](const Var& grad_y) {
        return Vars{tape.constant(Tensor::full(ctx, {1}, 27 * grad_y.value().item()))};
      },
      Order::kOnce);
  CHECK(tape.grad(y, {x}, {.seed = {}, .create_graph = true})[0].value().item() == 27);
  const Var first = tape.grad(y, {x}, {.seed = {}, .create_graph = true})[0];
  CHECK_THROWS_WITH_AS(tape.grad(first, {x}), doctest::Contains("cube: its derivative cannot"),
                       Error);
}

TEST_CASE("what a first gradient released is not silently missing in a second one") {
  const Context ctx;
  Tape tape(ctx);
  const Var x = tape.leaf(Tensor::full(ctx, {1}, real(3)));
  const Var y = ops::mul(x, x);
  tape.grad(y, {x});
  CHECK_THROWS_WITH_AS(tape.grad(y, {x}), doctest::Contains("mul: what it saved was released"),
                       Error);
}

TEST_CASE("variables of another tape are refused") {
  const Context ctx;
  Tape one(ctx), two(ctx);
  const Var a = one.leaf(Tensor::full(ctx, {1}, real(1)));
  const Var b = two.leaf(Tensor::full(ctx, {1}, real(1)));
  CHECK_THROWS_WITH_AS(ops::add(a, b), doctest::Contains("another tape"), Error);
}

}  // namespace
}  // namespace fgcn
