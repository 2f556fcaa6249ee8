#include "autograd/ops/transpose.h"

#include <doctest/doctest.h>

#include "autograd/ops/binary.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

using kernels::AxisOrder;

struct Case {
  const char* name;
  Shape shape;
  AxisOrder axes;
};
const Case kCases[] = {
    {"scalar", {}, {}},
    {"one axis", {5}, {0}},
    {"matrix", {17, 33}, {1, 0}},
    {"empty", {3, 0, 2}, {2, 1, 0}},
    {"nothing moves", {2, 3, 4}, {0, 1, 2}},
    {"runs stay", {5, 7, 3}, {1, 0, 2}},
    {"channels first", {2, 19, 21, 33}, {0, 3, 1, 2}},
    {"channels last", {2, 33, 19, 21}, {0, 2, 3, 1}},
    {"reversed", {2, 3, 4, 5, 6}, {4, 3, 2, 1, 0}},
    {"mixed with ones", {2, 1, 4, 1, 6}, {2, 1, 4, 3, 0}},
    {"runs of pieces stay", {5, 7, 8}, {1, 0, 2}},
    {"four runs of five axes", {2, 3, 4, 5, 4}, {3, 1, 0, 2, 4}},
    {"three channels apart", {1025, 3}, {1, 0}},
    {"three channels together", {3, 1025}, {1, 0}},
    {"a batch of three channels", {4, 33, 3}, {0, 2, 1}},
    {"channels among five axes", {3, 17, 2, 5, 33}, {4, 2, 0, 3, 1}},
    {"one row of tiles", {31, 129}, {1, 0}},
    {"whole tiles", {64, 96}, {1, 0}},
    {"a tile and one", {33, 65}, {1, 0}},
    {"a batch of planes", {3, 33, 40}, {0, 2, 1}},
    {"planes across a batch", {33, 5, 40}, {2, 1, 0}},
    {"planes of four axes", {17, 3, 2, 18}, {3, 1, 2, 0}},
    {"planes of five axes", {2, 3, 17, 2, 18}, {4, 1, 0, 3, 2}},
    {"vertices before samples", {701, 4, 3}, {1, 0, 2}},
    {"samples before vertices", {4, 701, 3}, {1, 0, 2}},
    {"eight samples", {167, 8, 5}, {1, 0, 2}},
    {"more samples than a launch takes", {67, 9, 3}, {1, 0, 2}},
};

std::vector<double> reference(const Case& k, const std::vector<double>& x) {
  std::int64_t step[Shape::kMaxRank];
  std::int64_t running = 1;
  for (int i = k.shape.rank - 1; i >= 0; --i) {
    step[i] = running;
    running *= k.shape[i];
  }
  std::vector<double> out;
  for (std::int64_t i = 0; i < k.shape.size(); ++i) {
    std::int64_t rest = i, at = 0;
    for (int axis = k.shape.rank - 1; axis >= 0; --axis) {
      const std::int64_t size = k.shape[k.axes.order[axis]];
      at += rest % size * step[k.axes.order[axis]];
      rest /= size;
    }
    out.push_back(x[at]);
  }
  return out;
}

TEST_CASE("transpose agrees with a loop over the elements") {
  for (const Case& k : kCases) {
    CAPTURE(k.name);
    Rng rng(1);
    const Tensor x = test::uniform(k.shape, rng);
    const std::vector<double> expected = reference(k, test::to_double(x));
    test::on_every_backend([&](const Context& ctx) {
      Tensor y = test::poisoned(ctx, kernels::transposed_shape(k.shape, k.axes));
      const Tensor on_x = x.to(ctx);
      kernels::transpose(ctx, on_x.view(), k.axes, y.view());
      test::check_close(y, expected, {.abs = 0, .rel = 0});
    });
  }
}

TEST_CASE("transpose can be differentiated twice") {
  Rng rng(2);
  test::check_grad(
      [](const Vars& v) {
        const Var y = ops::transpose(v[0], {2, 0, 1});
        return ops::mul(y, y);
      },
      {test::uniform({2, 3, 4}, rng)}, {.order = 2});
}

TEST_CASE("transpose has the same derivatives on every device") {
  Rng rng(3);
  test::check_grad_on_every_backend(
      [](const Vars& v) {
        const Var y = ops::transpose(v[0], {2, 0, 1});
        return ops::mul(y, y);
      },
      {test::uniform({3, 33, 17}, rng)});
}

TEST_CASE("transpose names what does not fit") {
  const Context ctx;
  const Tensor x(ctx, {2, 3});
  Tensor y(ctx, {2, 3});
  CHECK_THROWS_WITH_AS(kernels::transpose(ctx, x.view(), {1, 0}, y.view()),
                       doctest::Contains("y is [2, 3], expected [3, 2]"), Error);
  CHECK_THROWS_WITH_AS(kernels::transpose(ctx, x.view(), {1, 1}, y.view()),
                       doctest::Contains("axis 1 twice"), Error);
  CHECK_THROWS_WITH_AS(kernels::transpose(ctx, x.view(), {0, 2}, y.view()),
                       doctest::Contains("axis 2 twice or out of range"), Error);
  CHECK_THROWS_WITH_AS(kernels::transpose(ctx, x.view(), {0, 1, 2}, y.view()),
                       doctest::Contains("the order has 3 axes"), Error);
}

}  // namespace
}  // namespace fgcn
