#include "autograd/ops/bias_elu.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "autograd/ops/binary.h"
#include "kernels/bias_elu/bias_elu.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

TEST_CASE("bias_elu and its adjoint agree with double precision loops on every backend") {
  struct Case {
    std::int64_t vertices, batch, channels;
  };
  for (const Case& k : {Case{1, 1, 1}, Case{37, 2, 3}, Case{2550, 3, 16}, Case{5, 1, 700}}) {
    CAPTURE(k.channels);
    Rng rng(1);
    const Tensor x = test::uniform({k.vertices, k.batch, k.channels}, rng, -12, 4);
    const Tensor b = test::uniform({k.channels}, rng);
    const Tensor grad_y = test::uniform(x.shape(), rng);
    const std::vector<double> vx = test::to_double(x), vb = test::to_double(b);
    const std::vector<double> vg = test::to_double(grad_y);
    std::vector<double> y, grad_x, grad_b(vb.size(), 0.0);
    for (std::size_t i = 0; i < vx.size(); ++i) {
      const double t = vx[i] + vb[i % vb.size()];
      y.push_back(t > 0 ? t : std::expm1(t));
      grad_x.push_back(vg[i] * (t > 0 ? 1 : std::exp(t)));
      grad_b[i % vb.size()] += grad_x.back();
    }
    test::SameBits bits_y, bits_x, bits_b;
    test::on_every_backend([&](const Context& ctx) {
      Tensor out = test::poisoned(ctx, x.shape()), by_x = test::poisoned(ctx, x.shape());
      Tensor by_b = test::poisoned(ctx, b.shape());
      kernels::bias_elu(ctx, x.to(ctx).view(), b.to(ctx).view(), out.view());
      kernels::bias_elu_backward(ctx, out.view(), grad_y.to(ctx).view(), by_x.view(), by_b.view());
      test::check_close(out, y, {.abs = 1e-7, .rel = 1e-6});
      test::check_close(by_x, grad_x);
      test::check_close(by_b, grad_b, {.abs = 1e-4, .rel = 1e-5});
      bits_y.check(ctx, out);
      bits_x.check(ctx, by_x);
      bits_b.check(ctx, by_b);
    });
  }
}

TEST_CASE("bias_elu at its ends: zero, minus infinity, small arguments, NaN") {
  const Context ctx;
  const real infinity = std::numeric_limits<real>::infinity();
  const std::vector<real> x{0, -infinity, -1e-6F, -1000, infinity, std::nanf("")};
  Tensor y(ctx, {6, 1});
  kernels::bias_elu(ctx, Tensor::of(ctx, {6, 1}, x).view(), Tensor::zeros(ctx, {1}).view(),
                    y.view());
  const std::vector<real> out = y.to_host();
  CHECK(out[0] == 0);
  CHECK(out[1] == -1);
  CHECK(static_cast<double>(out[2]) == doctest::Approx(std::expm1(-1e-6)).epsilon(1e-6));
  CHECK(out[3] == -1);
  CHECK(out[4] == infinity);
  CHECK(std::isnan(out[5]));
}

TEST_CASE("bias_elu can be differentiated twice") {
  Rng rng(2);
  const auto f = [](const Vars& v) {
    const Var y = ops::bias_elu(v[0], v[1]);
    return ops::mul(y, y);
  };
  test::check_grad(f, {test::uniform({5, 2, 3}, rng), test::uniform({3}, rng)}, {.order = 2});
}

TEST_CASE("bias_elu names the argument that does not fit") {
  const Context ctx;
  Tensor x(ctx, {4, 2, 3}), b(ctx, {3}), wide(ctx, {4}), tall(ctx, {5, 2, 3});
  CHECK_THROWS_WITH_AS(kernels::bias_elu(ctx, x.view(), wide.view(), x.view()),
                       doctest::Contains("the bias is [4] for values [4, 2, 3]"), Error);
  CHECK_THROWS_WITH_AS(kernels::bias_elu(ctx, x.view(), b.view(), tall.view()),
                       doctest::Contains("y is [5, 2, 3], expected [4, 2, 3]"), Error);
  CHECK_THROWS_WITH_AS(kernels::bias_elu_backward(ctx, x.view(), tall.view(), x.view(), b.view()),
                       doctest::Contains("grad_y is [5, 2, 3]"), Error);
  CHECK_THROWS_WITH_AS(kernels::bias_elu_backward(ctx, x.view(), x.view(), tall.view(), b.view()),
                       doctest::Contains("grad_x is [5, 2, 3]"), Error);
}

}  // namespace
}  // namespace fgcn
