#include "autograd/ops/sh_light.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "kernels/sh_light/sh_light.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

/// The real spherical harmonics as products of a_l (the clamped cosine's) and c_l, spelt out.
double light(const double* n, const double* sh_coefficients) {
  const double pi = std::numbers::pi;
  const double a0 = pi, a1 = 2 * pi / std::sqrt(3.0), a2 = 2 * pi / std::sqrt(8.0);
  const double c0 = 1 / std::sqrt(4 * pi), c1 = std::sqrt(3.0) / std::sqrt(4 * pi),
               c2 = 3 * std::sqrt(5.0) / std::sqrt(12 * pi);
  return (sh_coefficients[0] + 0.8) * a0 * c0 - sh_coefficients[1] * a1 * c1 * n[1] +
         sh_coefficients[2] * a1 * c1 * n[2] - sh_coefficients[3] * a1 * c1 * n[0] +
         sh_coefficients[4] * a2 * c2 * n[0] * n[1] - sh_coefficients[5] * a2 * c2 * n[1] * n[2] +
         sh_coefficients[6] * a2 * c2 / (2 * std::sqrt(3.0)) * (3 * n[2] * n[2] - 1) -
         sh_coefficients[7] * a2 * c2 * n[0] * n[2] +
         sh_coefficients[8] * a2 * c2 / 2 * (n[0] * n[0] - n[1] * n[1]);
}

TEST_CASE("sh_light agrees with the harmonics spelt out") {
  Rng rng(1);
  const Tensor normals = test::uniform({2, 1500, 3}, rng),
               sh_coefficients = test::uniform({2, 27}, rng);
  const std::vector<double> n = test::to_double(normals), g = test::to_double(sh_coefficients);
  std::vector<double> expected;
  for (int v = 0; v < 3000; ++v)
    for (int c = 0; c < 3; ++c) expected.push_back(light(&n[3 * v], &g[v / 1500 * 27 + 9 * c]));
  test::SameBits bits;
  test::on_every_backend([&](const Context& ctx) {
    const Tensor on_n = normals.to(ctx), on_g = sh_coefficients.to(ctx);
    Tensor y = test::poisoned(ctx, normals.shape());
    kernels::sh_light(ctx, on_n.view(), on_g.view(), y.view());
    test::check_close(y, expected, {.abs = 2e-6, .rel = 1e-5});
    bits.check(ctx, y);
  });
}

TEST_CASE("sh_light has the gradients of central differences on every backend") {
  Rng rng(2);
  const auto f = [](const Vars& v) { return ops::sh_light(v[0], v[1]); };
  // More vertices than one block of the sum.
  const std::vector<Tensor> inputs{test::uniform({2, 1100, 3}, rng), test::uniform({2, 27}, rng)};
  test::check_grad(f, inputs);
  // Sums over 1,100 terms of size 1.
  test::check_grad_on_every_backend(f, inputs, 1, {.abs = 1e-4, .rel = 1e-5});
  // 253: an image's last block is left without vertices where it begins within a sector.
  for (const std::int64_t vertices : {0, 1, 253, 256, 3000})
    test::check_grad_on_every_backend(
        f, {test::uniform({3, vertices, 3}, rng), test::uniform({3, 27}, rng)}, 1,
        {.abs = 1e-4, .rel = 1e-5});
  // More parts than the threads that add them up take at once.
  test::check_grad_on_every_backend(
      f, {test::uniform({1, 34000, 3}, rng), test::uniform({1, 27}, rng)}, 1,
      {.abs = 1e-3, .rel = 1e-5});
}

TEST_CASE("sh_light names the argument that does not fit") {
  Rng rng(3);
  const Context ctx;
  const Tensor normals = test::uniform({2, 5, 3}, rng),
               sh_coefficients = test::uniform({2, 27}, rng), grey = test::uniform({2, 9}, rng);
  Tensor y(ctx, normals.shape()), low(ctx, {2, 4, 3});
  CHECK_THROWS_WITH_AS(kernels::sh_light(ctx, normals.view(), grey.view(), y.view()),
                       doctest::Contains("sh_coefficients is [2, 9], expected [2, 27]"), Error);
  CHECK_THROWS_WITH_AS(kernels::sh_light(ctx, normals.view(), sh_coefficients.view(), low.view()),
                       doctest::Contains("y is [2, 4, 3]"), Error);
}

}  // namespace
}  // namespace fgcn
