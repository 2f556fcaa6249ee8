#include "autograd/ops/rigid.h"

#include <doctest/doctest.h>

#include <cmath>

#include "kernels/rigid/rigid.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

/// One vertex turned about x, then y, then z, then moved.
void turn(const double* angles, const double* translation, double* v) {
  for (int axis = 0; axis < 3; ++axis) {
    double& p = v[(axis + 1) % 3];
    double& q = v[(axis + 2) % 3];
    const double c = std::cos(angles[axis]), s = std::sin(angles[axis]);
    const double from_p = p;
    p = c * from_p - s * q;
    q = s * from_p + c * q;
  }
  for (int c = 0; c < 3; ++c) v[c] += translation[c];
}

TEST_CASE("rigid turns about x, y and z in this order and then moves") {
  Rng rng(1);
  const Tensor x = test::uniform({2, 1500, 3}, rng), angles = test::uniform({2, 3}, rng),
               translation = test::uniform({2, 3}, rng);
  std::vector<double> expected = test::to_double(x);
  for (int n = 0; n < 2; ++n)
    for (int v = 0; v < 1500; ++v)
      turn(&test::to_double(angles)[3 * n], &test::to_double(translation)[3 * n],
           &expected[(n * 1500 + v) * 3]);
  test::SameBits bits;
  test::on_every_backend([&](const Context& ctx) {
    const Tensor on_x = x.to(ctx), on_a = angles.to(ctx), on_t = translation.to(ctx);
    Tensor y = test::poisoned(ctx, x.shape());
    kernels::rigid(ctx, on_x.view(), on_a.view(), on_t.view(), y.view());
    test::check_close(y, expected, {.abs = 1e-6, .rel = 1e-6});
    bits.check(ctx, y);
  });
}

TEST_CASE("rigid and rotate have the gradients of central differences on every backend") {
  Rng rng(2);
  // More vertices than one block of the sum.
  const std::vector<Tensor> inputs{test::uniform({2, 1100, 3}, rng), test::uniform({2, 3}, rng),
                                   test::uniform({2, 3}, rng)};
  const auto f = [](const Vars& v) { return ops::rigid(v[0], v[1], v[2]); };
  test::check_grad(f, inputs);
  // Sums over 1,100 terms of size 1.
  test::check_grad_on_every_backend(f, inputs, 1, {.abs = 1e-4, .rel = 1e-5});
  for (const std::int64_t vertices : {0, 1, 256, 3000})
    test::check_grad_on_every_backend(f,
                                      {test::uniform({3, vertices, 3}, rng),
                                       test::uniform({3, 3}, rng), test::uniform({3, 3}, rng)},
                                      1, {.abs = 1e-4, .rel = 1e-5});
  test::check_grad([](const Vars& v) { return ops::rotate(v[0], v[1]); }, {inputs[0], inputs[1]});
}

TEST_CASE("rigid names the argument that does not fit") {
  Rng rng(3);
  const Context ctx;
  const Tensor x = test::uniform({2, 5, 3}, rng), pose = test::uniform({2, 3}, rng),
               one = test::uniform({1, 3}, rng);
  Tensor y(ctx, x.shape()), low(ctx, {2, 4, 3});
  CHECK_THROWS_WITH_AS(kernels::rigid(ctx, x.view(), one.view(), pose.view(), y.view()),
                       doctest::Contains("angles are [1, 3], expected [2, 3]"), Error);
  CHECK_THROWS_WITH_AS(kernels::rigid(ctx, x.view(), pose.view(), one.view(), y.view()),
                       doctest::Contains("translation is [1, 3], expected [2, 3]"), Error);
  CHECK_THROWS_WITH_AS(kernels::rigid(ctx, x.view(), pose.view(), pose.view(), low.view()),
                       doctest::Contains("y is [2, 4, 3]"), Error);
}

}  // namespace
}  // namespace fgcn
