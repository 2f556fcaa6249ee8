#include "autograd/ops/reduce.h"

#include <doctest/doctest.h>

#include "autograd/ops/binary.h"
#include "kernels/reduce/reduce.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

TEST_CASE("reduce_sum agrees with a loop for every pattern of kept axes") {
  Rng rng(1);
  const Tensor x = test::uniform({3, 4, 5}, rng);
  const std::vector<double> v = test::to_double(x);
  for (const Shape& shape : {Shape{1}, Shape{5}, Shape{4, 5}, Shape{3, 1, 1}, Shape{3, 4, 1},
                             Shape{1, 4, 1}, Shape{3, 1, 5}, Shape{3, 4, 5}, Shape{4, 1}, Shape{1, 1, 5}}) {
    CAPTURE(shape.size());
    const auto keep = [&](int axis) {
      const int own = axis - (3 - shape.rank);
      return own >= 0 && shape[own] > 1;
    };
    std::vector<double> expected(static_cast<std::size_t>(shape.size()), 0.0);
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 4; ++j)
        for (int k = 0; k < 5; ++k) {
          std::int64_t at = keep(0) ? i : 0;
          at = at * (keep(1) ? 4 : 1) + (keep(1) ? j : 0);
          at = at * (keep(2) ? 5 : 1) + (keep(2) ? k : 0);
          expected[at] += v[(i * 4 + j) * 5 + k];
        }
    for (const int threads : {1, 3}) {
      const Context ctx(Device::kCpu, threads);
      Tensor y = test::poisoned(ctx, shape);
      kernels::reduce_sum(ctx, x.view(), y.view());
      test::check_close(y, expected);
    }
  }
}

TEST_CASE("a sum of many terms keeps double precision and does not depend on the threads") {
  const Context one(Device::kCpu, 1), three(Device::kCpu, 3);
  const Tensor x = Tensor::full(one, {1 << 20, 3}, real(0.1));
  Tensor y1(one, {3}), y3(three, {3});
  kernels::reduce_sum(one, x.view(), y1.view());
  kernels::reduce_sum(three, x.view(), y3.view());
  CHECK(y1.to_host() == y3.to_host());
  CHECK(static_cast<double>(y1.to_host()[1]) ==
        doctest::Approx(real(0.1) * (1 << 20)).epsilon(1e-7));
}

TEST_CASE("sum, mean, repeat and reshape can be differentiated twice") {
  Rng rng(2);
  const std::vector<Tensor> inputs{test::uniform({3, 4}, rng)};
  const auto squared = [](const Var& x) { return ops::mul(x, x); };
  test::check_grad([&](const Vars& v) { return ops::mean(squared(v[0])); }, inputs, {.order = 2});
  test::check_grad([&](const Vars& v) { return squared(ops::sum_to(v[0], {4})); }, inputs,
                   {.order = 2});
  test::check_grad(
      [&](const Vars& v) {
        return squared(ops::repeat_to(v[0], {2, 3, 4}));
      },
      inputs, {.order = 2});
  test::check_grad(
      [&](const Vars& v) {
        return squared(ops::reshape(v[0], {2, 6}));
      },
      inputs, {.order = 2});
}

}  // namespace
}  // namespace fgcn
