#include "autograd/ops/binary.h"

#include <doctest/doctest.h>

#include "kernels/binary/binary.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

TEST_CASE("binary repeats the smaller operand as a double precision loop does") {
  Rng rng(1);
  const Tensor a = test::uniform({3, 1, 5}, rng);
  const Tensor b = test::uniform({4, 1}, rng);
  const std::vector<double> va = test::to_double(a), vb = test::to_double(b);
  std::vector<double> expected;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 4; ++j)
      for (int k = 0; k < 5; ++k) expected.push_back(va[i * 5 + k] - vb[j]);
  for (const int threads : {1, 3}) {
    const Context ctx(Device::kCpu, threads);
    Tensor y = test::poisoned(ctx, {3, 4, 5});
    kernels::binary(ctx, kernels::Binary::kSub, a.view(), b.view(), y.view());
    test::check_close(y, expected);
  }
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

TEST_CASE("binary names the shapes that do not fit") {
  const Context ctx;
  Tensor a(ctx, {2, 3}), b(ctx, {2, 4}), c(ctx, {3});
  Tensor y(ctx, {2, 3}), narrow(ctx, {3});
  const auto f = kernels::Binary::kAdd;
  CHECK_THROWS_WITH_AS(kernels::binary(ctx, f, a.view(), b.view(), y.view()),
                       doctest::Contains("shapes [2, 3] and [2, 4] do not fit"), Error);
  CHECK_THROWS_WITH_AS(kernels::binary(ctx, f, a.view(), c.view(), narrow.view()),
                       doctest::Contains("y is [3], expected [2, 3]"), Error);
}

}  // namespace
}  // namespace fgcn
