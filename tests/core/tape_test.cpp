#include <doctest/doctest.h>

#include <functional>

#include "autograd/ops/binary.h"
#include "autograd/ops/gemm.h"
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

TEST_CASE("a walk tells an operator which cotangents it needs, and forms no others") {
  const Context ctx;
  Tape tape(ctx);
  const Var x = tape.leaf(Tensor::full(ctx, {1}, real(3)));
  const Var w = tape.leaf(Tensor::full(ctx, {1}, real(5)));
  std::vector<bool> wanted;
  const Var y =
      tape.record("both", {x, w, tape.constant(x.value())}, x.value(), [&](const Var& grad_y) {
        for (std::size_t i = 0; i < 3; ++i) wanted.push_back(tape.wants(i));
        return Vars{grad_y, Var(), Var()};
      });
  const GradOptions again{.seed = {}, .create_graph = true};
  CHECK(tape.grad(y, {x}, again)[0].value().item() == 1);
  CHECK(wanted == std::vector<bool>{true, false, false});
  wanted.clear();
  (void)tape.grad(y, {w, x}, again);
  CHECK(wanted == std::vector<bool>{true, true, false});
  // Weights get nothing, also where the walk's own graph is kept for a second one.
  const std::size_t before = tape.nodes();
  (void)tape.grad(ops::mul(x, w), {x}, again);
  const std::size_t of_x = tape.nodes() - before;
  (void)tape.grad(ops::mul(x, w), {x, w}, again);
  CHECK(tape.nodes() - before > 2 * of_x);
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

/// The gradient as it would be stored.
std::vector<double> formed(const Gradient& grad) {
  if (!grad.factored()) return test::to_double(grad.stored);
  const std::vector<double> x = test::to_double(grad.x), g = test::to_double(grad.grad_y);
  const std::int64_t in = grad.x.dim(1), out = grad.grad_y.dim(1);
  std::vector<double> sum(static_cast<std::size_t>(in * out), 0.0);
  for (std::int64_t n = 0; n < grad.x.dim(0); ++n)
    for (std::int64_t i = 0; i < in; ++i)
      for (std::int64_t o = 0; o < out; ++o) sum[i * out + o] += x[n * in + i] * g[n * out + o];
  return sum;
}

TEST_CASE("gradients() keeps the factors of a product with few rows, and only there") {
  const Context ctx;
  Rng rng(1);
  const Tensor w = test::uniform({32, 40}, rng), x = test::uniform({4, 32}, rng);
  const Tensor many = test::uniform({5, 32}, rng), u = test::uniform({40}, rng);
  // once: factored; twice, with too many rows, or not as weights: stored; unused: zeros.
  const auto once = [&](Tape&, const Var& a, const Var& b) { return ops::matmul(a, b); };
  const auto twice = [&](Tape&, const Var& a, const Var& b) {
    return ops::add(ops::matmul(a, b), ops::matmul(ops::mul(a, a), b));
  };
  const auto also = [&](Tape&, const Var& a, const Var& b) {
    return ops::mul(ops::matmul(a, b), ops::sum(b));
  };
  const auto later = [&](Tape&, const Var& a, const Var& b) {
    return ops::matmul(a, ops::mul(b, b));
  };
  const auto unused = [&](Tape&, const Var& a, const Var&) { return ops::mul(a, a); };
  struct Case {
    const char* name;
    std::function<Var(Tape&, const Var&, const Var&)> f;
    const Tensor& x;
    bool factored;
  };
  for (const Case& k : {Case{"once", once, x, true}, Case{"twice", twice, x, false},
                        Case{"also", also, x, false}, Case{"later", later, x, false},
                        Case{"five rows", once, many, false}, Case{"unused", unused, x, false}}) {
    CAPTURE(k.name);
    const auto loss = [&](Tape& tape, const Var& leaf) {
      const Var y = k.f(tape, tape.constant(k.x), leaf);
      return y.requires_grad() ? ops::sum(ops::mul(y, ops::mul(y, y))) : ops::sum(leaf);
    };
    Tape one(ctx), other(ctx);
    const Var a = one.leaf(w), b = other.leaf(w);
    const Var unreached = one.leaf(u);
    const std::vector<Gradient> got = one.gradients(loss(one, a), {a, unreached});
    CHECK(got[0].factored() == k.factored);
    const auto expected = test::to_double(other.grad(loss(other, b), {b})[0].value());
    CHECK(test::relative_error(formed(got[0]), expected) <= 1e-5);
    CHECK(formed(got[1]) == std::vector<double>(40, 0.0));
  }
  Tape tape(ctx);
  const Var leaf = tape.leaf(w);
  const Var y = ops::sum(leaf);
  CHECK_THROWS_WITH_AS(tape.gradients(y, {y}), doctest::Contains("is not a leaf"), Error);
}

TEST_CASE("a tape refuses cotangents of one variable that differ in shape") {
  const Context ctx;
  Tape tape(ctx);
  const Var x = tape.leaf(Tensor::full(ctx, {3}, real(2)));
  const Var bad = tape.record("bad", {x}, x.value(), [](const Var& grad_y) {
    return Vars{grad_y.tape().constant(Tensor::full(grad_y.tape().context(), {1}, real(1)))};
  });
  CHECK_THROWS_WITH_AS(tape.grad(ops::sum(ops::add(x, bad)), {x}),
                       doctest::Contains("cotangents of one variable"), Error);
}

TEST_CASE("a sum of cotangents is recorded, and can be differentiated itself") {
  const Context ctx;
  Tape tape(ctx);
  const Var x = tape.leaf(Tensor::full(ctx, {1}, real(3)));
  // Both uses of x give a cotangent that depends on x: 3 x^2 + 4 x^3, then 6 x + 12 x^2.
  const Var cube = ops::mul(x, ops::mul(x, x));
  const Var y = ops::add(cube, ops::mul(x, cube));
  const Var first = tape.grad(y, {x}, {.seed = {}, .create_graph = true})[0];
  CHECK(first.value().item() == 27 + 108);
  CHECK(tape.grad(first, {x})[0].value().item() == 18 + 108);
}

TEST_CASE("a tape that records nothing computes the same and keeps nothing") {
  const Context ctx;
  Rng rng(2);
  const Parameter p("p", test::uniform({3, 3}, rng));
  Tape kept(ctx), free(ctx, Record::kNothing);
  const auto f = [&](Tape& tape) { return ops::mul(tape.use(p), tape.leaf(p.value)); };
  const Var y = f(kept), z = f(free);
  CHECK(y.value().to_host() == z.value().to_host());
  CHECK(kept.nodes() == 3);
  CHECK(free.nodes() == 0);
  CHECK_FALSE(z.requires_grad());
}

}  // namespace
}  // namespace fgcn
