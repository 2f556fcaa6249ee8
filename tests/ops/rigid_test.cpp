#include "autograd/ops/rigid.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <utility>

#include "kernels/rigid/rigid.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

/// One vertex turned about x, then y, then z; or the derivative of that by one angle.
void turn(const double* angles, double* v, int derived = -1) {
  for (int axis = 0; axis < 3; ++axis) {
    double& p = v[(axis + 1) % 3];
    double& q = v[(axis + 2) % 3];
    double c = std::cos(angles[axis]), s = std::sin(angles[axis]);
    if (axis == derived) {
      v[axis] = 0;
      c = std::exchange(s, c) * -1;
    }
    const double from_p = p;
    p = c * from_p - s * q;
    q = s * from_p + c * q;
  }
}

/// Some angles of the first poses are no longer than their rounding, some many turns; the others
/// are in every quadrant, up to the largest.
Tensor any_angles(std::int64_t poses, Rng& rng) {
  std::vector<double> out{0.4, -1.1, 2.9, 0, -1e-12, 1e-5, 8191.5, -3.7e4, 3e38};
  for (std::int64_t i = 9; i < 3 * poses; ++i)
    out.push_back((rng.below(2) == 0 ? 1 : -1) * std::exp(rng.uniform(0, i % 2 == 0 ? 9 : 87)));
  return Tensor::of(Context(), {poses, 3}, out);
}

TEST_CASE("rigid turns about x, y and z in this order and then moves") {
  Rng rng(1);
  constexpr std::int64_t kPoses = 40, kVertices = 300;
  const Tensor x = test::uniform({kPoses, kVertices, 3}, rng), angles = any_angles(kPoses, rng),
               translation = test::uniform({kPoses, 3}, rng);
  std::vector<double> expected = test::to_double(x);
  const std::vector<double> turns = test::to_double(angles), moves = test::to_double(translation);
  for (std::int64_t v = 0; v < kPoses * kVertices; ++v) {
    turn(&turns[v / kVertices * 3], &expected[v * 3]);
    for (int c = 0; c < 3; ++c) expected[v * 3 + c] += moves[v / kVertices * 3 + c];
  }
  test::SameBits bits;
  test::on_every_backend([&](const Context& ctx) {
    const Tensor on_x = x.to(ctx), on_a = angles.to(ctx), on_t = translation.to(ctx);
    Tensor y = test::poisoned(ctx, x.shape());
    kernels::rigid(ctx, on_x.view(), on_a.view(), on_t.view(), y.view());
    test::check_close(y, expected, {.abs = 1e-6, .rel = 1e-6});
    bits.check(ctx, y);
  });
}

TEST_CASE("rigid with an angle that is not finite gives nothing finite") {
  test::on_every_backend([](const Context& ctx) {
    const double inf = std::numeric_limits<double>::infinity();
    const Tensor x = Tensor::full(ctx, {1, 2, 3}, 1), none = Tensor::zeros(ctx, {1, 3});
    const Tensor angles = Tensor::of(ctx, {1, 3}, std::vector<double>{inf, -inf, inf - inf});
    Tensor y(ctx, x.shape()), grad_x(ctx, x.shape());
    Tensor grad_angles(ctx, angles.shape()), grad_translation(ctx, angles.shape());
    kernels::rigid(ctx, x.view(), angles.view(), none.view(), y.view());
    for (const real v : y.to_host()) CHECK(v != v);
    kernels::rigid_adjoint(ctx, x.view(), angles.view(), x.view(), grad_x.view(),
                           grad_angles.view(), grad_translation.view());
    for (const real v : grad_angles.to_host()) CHECK(v != v);
  });
}

TEST_CASE("rigid's adjoints agree with double precision loops at angles of any size") {
  // More parts of vertices than the threads that add them up take at once.
  constexpr int kVertices = 67000;
  Rng rng(4);
  const Tensor x = test::uniform({3, kVertices, 3}, rng), angles = any_angles(3, rng),
               grad_y = test::uniform({3, kVertices, 3}, rng);
  const std::vector<double> from = test::to_double(x), a = test::to_double(angles);
  const std::vector<double> g = test::to_double(grad_y);
  std::vector<double> by_x(from.size(), 0.0), by_angles(9, 0.0), by_translation(9, 0.0);
  for (int n = 0; n < 3; ++n) {
    double columns[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    for (double* column : columns) turn(&a[3 * n], column);
    for (int v = n * kVertices; v < (n + 1) * kVertices; ++v)
      for (int c = 0; c < 3; ++c) {
        by_translation[3 * n + c] += g[3 * v + c];
        for (int k = 0; k < 3; ++k) by_x[3 * v + c] += columns[c][k] * g[3 * v + k];
        double turned[3] = {from[3 * v], from[3 * v + 1], from[3 * v + 2]};
        turn(&a[3 * n], turned, c);
        for (int k = 0; k < 3; ++k) by_angles[3 * n + c] += turned[k] * g[3 * v + k];
      }
  }
  test::on_every_backend([&](const Context& ctx) {
    const Tensor on_x = x.to(ctx), on_a = angles.to(ctx), on_g = grad_y.to(ctx);
    Tensor grad_x = test::poisoned(ctx, x.shape()), grad_angles = test::poisoned(ctx, {3, 3});
    Tensor grad_translation = test::poisoned(ctx, {3, 3});
    kernels::rigid_adjoint(ctx, on_x.view(), on_a.view(), on_g.view(), grad_x.view(),
                           grad_angles.view(), grad_translation.view());
    // Sums in double, of 67,000 terms that cancel to some hundreds.
    test::check_close(grad_x, by_x, {.abs = 1e-6, .rel = 1e-6});
    test::check_close(grad_angles, by_angles, {.abs = 1e-4, .rel = 1e-6});
    test::check_close(grad_translation, by_translation, {.abs = 1e-4, .rel = 1e-6});
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
