#include "autograd/ops/project.h"

#include <doctest/doctest.h>

#include "tests/support/op_check.h"

namespace fgcn {
namespace {

// Not square and not centred on purpose.
constexpr kernels::Pinhole kCamera{10, 1015, 100, 70};

TEST_CASE("project agrees with the pinhole's formula") {
  Rng rng(1);
  const Tensor x = test::uniform({2, 300, 3}, rng);
  std::vector<double> expected = test::to_double(x);
  for (std::size_t i = 0; i < expected.size(); i += 3) {
    const double depth = 10 - expected[i + 2];
    expected[i] = 100 + 1015 * expected[i] / depth;
    expected[i + 1] = 70 - 1015 * expected[i + 1] / depth;
    expected[i + 2] = depth;
  }
  test::SameBits bits;
  test::on_every_backend([&](const Context& ctx) {
    const Tensor on_x = x.to(ctx);
    Tensor y = test::poisoned(ctx, x.shape());
    kernels::project(ctx, kCamera, on_x.view(), y.view());
    test::check_close(y, expected, {.abs = 1e-4, .rel = 1e-6});
    bits.check(ctx, y);
  });
}

TEST_CASE("project has the gradient of central differences on every backend") {
  Rng rng(2);
  const auto f = [](const Vars& v) { return ops::project(kCamera, v[0]); };
  test::check_grad(f, {test::uniform({2, 40, 3}, rng)});
  // More vertices than a block of a GPU holds.
  const Tensor x = test::uniform({3, 257, 3}, rng);
  test::check_grad_on_every_backend(f, {x}, 1, {.abs = 1e-3, .rel = 1e-5});
  test::check_grad_on_every_backend(f, {test::uniform({2, 0, 3}, rng)}, 1);
}

TEST_CASE("project names the argument that does not fit") {
  Rng rng(3);
  const Context ctx;
  const Tensor x = test::uniform({2, 5, 3}, rng), flat = test::uniform({5, 3}, rng);
  Tensor y(ctx, {2, 4, 3});
  CHECK_THROWS_WITH_AS(kernels::project(ctx, kCamera, flat.view(), y.view()),
                       doctest::Contains("x is [5, 3]"), Error);
  CHECK_THROWS_WITH_AS(kernels::project(ctx, kCamera, x.view(), y.view()),
                       doctest::Contains("y is [2, 4, 3], expected [2, 5, 3]"), Error);
}

}  // namespace
}  // namespace fgcn
