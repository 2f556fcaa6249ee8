#include "autograd/ops/binary.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "kernels/binary/binary.h"
#include "tests/ops/binary_cases.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

using kernels::Binary;

struct Function {
  Binary f;
  double (*value)(double, double);
};
const Function kFunctions[] = {
    {Binary::kAdd, [](double a, double b) { return a + b; }},
    {Binary::kSub, [](double a, double b) { return a - b; }},
    {Binary::kMul, [](double a, double b) { return a * b; }},
    {Binary::kDiv, [](double a, double b) { return a / b; }},
    {Binary::kMax, [](double a, double b) { return std::max(a, b); }},
    {Binary::kMin, [](double a, double b) { return std::min(a, b); }},
    {Binary::kGreater, [](double a, double b) { return a > b ? 1.0 : 0.0; }},
    {Binary::kLess, [](double a, double b) { return a < b ? 1.0 : 0.0; }},
};

TEST_CASE("binary agrees with a loop for every function and pattern of repeated axes") {
  for (const test::BinaryCase& k : test::kBinaryCases) {
    CAPTURE(k.name);
    Rng rng(1);
    const Shape common = kernels::broadcast_shape(k.a, k.b);
    const Tensor a = test::uniform(k.a, rng, 0.5, 2), b = test::uniform(k.b, rng, 0.5, 2);
    const std::vector<double> va = test::to_double(a), vb = test::to_double(b);
    const auto in_a = test::places(k.a, common), in_b = test::places(k.b, common);
    for (const Function& f : kFunctions) {
      CAPTURE(static_cast<int>(f.f));
      std::vector<double> expected;
      for (std::size_t i = 0; i < in_a.size(); ++i)
        expected.push_back(f.value(va[in_a[i]], vb[in_b[i]]));
      test::SameBits bits;
      test::on_every_backend([&](const Context& ctx) {
        Tensor y = test::poisoned(ctx, common);
        const Tensor on_a = a.to(ctx), on_b = b.to(ctx);
        kernels::binary(ctx, f.f, on_a.view(), on_b.view(), y.view());
        test::check_close(y, expected, {.abs = 0, .rel = 1.2e-7});
        bits.check(ctx, y);
      });
    }
  }
}

TEST_CASE("binary operators give one gradient, whether it will be differentiated again or not") {
  Rng rng(6);
  const Tensor a = test::uniform({33, 1, 3}, rng, 0.5, 2), b = test::uniform({31, 1}, rng, 0.5, 2);
  const Tensor seed = test::uniform({33, 31, 3}, rng);
  using Op = Var (*)(const Var&, const Var&);
  for (const Op f : {Op(ops::mul), Op(ops::div), Op(ops::maximum), Op(ops::minimum)}) {
    test::on_every_backend([&](const Context& ctx) {
      for (const int leaves : {1, 2, 3}) {
        std::vector<std::vector<real>> grads[2];
        for (const bool again : {false, true}) {
          Tape tape(ctx);
          const Var on_a = (leaves & 1) != 0 ? tape.leaf(a.to(ctx)) : tape.constant(a.to(ctx));
          const Var on_b = (leaves & 2) != 0 ? tape.leaf(b.to(ctx)) : tape.constant(b.to(ctx));
          const Var y = f(on_a, on_b);
          for (const Var& g : tape.grad(
                   y, {on_a, on_b}, {.seed = tape.constant(seed.to(ctx)), .create_graph = again}))
            grads[again].push_back(g.value().to_host());
        }
        CHECK(grads[0] == grads[1]);
      }
    });
  }
}

TEST_CASE("binary works in place, and on arrays that do not begin at 16 bytes") {
  Rng rng(4);
  const Tensor a = test::uniform({1028}, rng), b = test::uniform({1028}, rng);
  const std::vector<double> va = test::to_double(a), vb = test::to_double(b);
  test::on_every_backend([&](const Context& ctx) {
    // Elements [begin, begin + 1024) of each; the rest stays.
    for (const int begin : {0, 1, 4}) {
      CAPTURE(begin);
      std::vector<double> expected = va;
      for (int i = begin; i < begin + 1024; ++i) expected[i] = va[i] - vb[i];
      Tensor y = Tensor::of(ctx, {1028}, va);
      const Tensor on_b = b.to(ctx);
      const View<real> part(y.view().data + begin, {1024});
      kernels::binary(ctx, Binary::kSub, part, View<const real>(on_b.view().data + begin, {1024}),
                      part);
      test::check_close(y, expected);
    }
  });
}

TEST_CASE("binary keeps a NaN of either operand in maximum and minimum") {
  const real nan = std::numeric_limits<real>::quiet_NaN();
  test::on_every_backend([&](const Context& ctx) {
    const Tensor a = Tensor::of(ctx, {3}, std::vector<real>{nan, 1, nan});
    const Tensor b = Tensor::of(ctx, {3}, std::vector<real>{1, nan, nan});
    Tensor y(ctx, {3});
    for (const Binary f : {Binary::kMax, Binary::kMin}) {
      kernels::binary(ctx, f, a.view(), b.view(), y.view());
      for (const real v : y.to_host()) CHECK(v != v);
    }
  });
}

TEST_CASE("binary operators can be differentiated twice, repeated operands included") {
  Rng rng(2);
  const std::vector<Tensor> inputs{test::uniform({3, 4}, rng, 0.5, 2),
                                   test::uniform({4}, rng, 0.5, 2)};
  test::check_grad([](const Vars& v) { return ops::add(v[0], ops::mul(v[1], v[1])); }, inputs,
                   {.order = 2});
  test::check_grad([](const Vars& v) { return ops::sub(v[1], ops::mul(v[0], v[1])); }, inputs,
                   {.order = 2});
  test::check_grad([](const Vars& v) { return ops::div(v[0], v[1]); }, inputs, {.order = 2});
  test::check_grad([](const Vars& v) { return ops::maximum(v[0], v[1]); }, inputs, {.order = 2});
  test::check_grad([](const Vars& v) { return ops::minimum(v[0], v[1]); }, inputs, {.order = 2});
}

TEST_CASE("binary operators have the same derivatives on every device") {
  Rng rng(3);
  const std::vector<Tensor> inputs{test::uniform({33, 1, 3}, rng, 0.5, 2),
                                   test::uniform({31, 1}, rng, 0.5, 2)};
  using Op = Var (*)(const Var&, const Var&);
  for (const Op f : {Op(ops::add), Op(ops::sub), Op(ops::mul), Op(ops::div), Op(ops::maximum),
                     Op(ops::minimum)}) {
    test::check_grad_on_every_backend(
        [f](const Vars& v) {
          const Var y = f(v[0], v[1]);
          return ops::mul(y, y);
        },
        inputs, 2, {.abs = 1e-4, .rel = 1e-5});
  }
}

TEST_CASE("binary names the shapes that do not fit") {
  const Context ctx;
  Tensor a(ctx, {2, 3}), b(ctx, {2, 4}), c(ctx, {3});
  Tensor y(ctx, {2, 3}), narrow(ctx, {3});
  const auto f = kernels::Binary::kAdd;
  CHECK_THROWS_WITH_AS(kernels::binary(ctx, f, a.view(), b.view(), y.view()),
                       doctest::Contains("shapes [2, 3] and [2, 4] do not fit"), Error);
  CHECK_THROWS_WITH_AS(kernels::binary(ctx, f, a.view(), c.view(), narrow.view()),
                       doctest::Contains("y is [3], expected [2, 3]"), Error);
  const auto mul = kernels::Binary::kMul;
  CHECK_THROWS_WITH_AS(
      kernels::binary_vjp(ctx, f, a.view(), c.view(), a.view(), y.view(), narrow.view()),
      doctest::Contains("no derivative of 'add'"), Error);
  CHECK_THROWS_WITH_AS(
      kernels::binary_vjp(ctx, mul, a.view(), c.view(), c.view(), y.view(), narrow.view()),
      doctest::Contains("grad_y is [3], expected [2, 3]"), Error);
  CHECK_THROWS_WITH_AS(
      kernels::binary_vjp(ctx, mul, a.view(), c.view(), a.view(), narrow.view(), narrow.view()),
      doctest::Contains("grad_a is [3], expected [2, 3]"), Error);
  CHECK_THROWS_WITH_AS(
      kernels::binary_vjp(ctx, mul, a.view(), c.view(), a.view(), y.view(), y.view()),
      doctest::Contains("grad_b is [2, 3], expected [3]"), Error);
}

}  // namespace
}  // namespace fgcn
