#include "recon/fit/host_adam.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "autograd/tensor.h"
#include "kernels/adam/adam.h"
#include "kernels/core/error.h"
#include "kernels/core/rng.h"

namespace fgcn::recon {
namespace {

TEST_CASE("host Adam takes the steps of the kernel") {
  constexpr std::size_t kSize = 37;
  constexpr double kRate = 0.01;
  const HostAdamOptions options{.one_minus_beta1 = 0.2, .one_minus_beta2 = 0.05};
  Rng rng(1);
  std::vector<double> x(kSize);
  for (double& v : x) v = rng.uniform(-1, 1);
  const Context ctx(Device::kCpu, 1);
  const Shape shape{static_cast<std::int64_t>(kSize)};
  Tensor w = Tensor::of(ctx, shape, x);
  Tensor m = Tensor::zeros(ctx, shape), v = Tensor::zeros(ctx, shape);
  HostAdam adam(kSize, 1, options);
  double farthest = 0;
  const std::vector<double> start = x;
  for (int step = 1; step <= 40; ++step) {
    std::vector<double> gradient(kSize);
    for (double& g : gradient) g = rng.uniform(-1, 1.5);
    const Tensor grad = Tensor::of(ctx, shape, gradient);
    kernels::adam(ctx,
                  {.learning_rate = kRate,
                   .beta1 = 1 - options.one_minus_beta1,
                   .beta2 = 1 - options.one_minus_beta2,
                   .clip_norm = 0,
                   .step = step},
                  {w.view(), m.view(), v.view()}, {.stored = grad.view()});
    adam.step(x, gradient, kRate);
    const std::vector<real> expected = w.to_host();
    // 40 steps of 0.01, each rounded to single precision in the kernel.
    for (std::size_t k = 0; k < kSize; ++k) {
      CHECK(std::abs(x[k] - expected[k]) <= 2e-6);
      farthest = std::max(farthest, std::abs(x[k] - start[k]));
    }
  }
  CHECK(farthest > 0.1);  // else the two agree on standing still
}

TEST_CASE("host Adam's first step is the learning rate in units of the scale") {
  HostAdam adam(2, 0.05);
  std::vector<double> x{1, 2};
  adam.step(x, std::vector<double>{3, -1e-3}, 0.1);
  CHECK(x[0] == doctest::Approx(1 - 0.005));
  CHECK(x[1] == doctest::Approx(2 + 0.005).epsilon(1e-5));
}

TEST_CASE("host Adam finds the minimum of a badly scaled quadratic") {
  std::vector<double> x{1, -0.02};
  HostAdam wide(1, 1), narrow(1, 0.01);
  for (int i = 0; i < 400; ++i) {
    const double rate = 0.05 * (1 - i / 400.0);
    wide.step(std::span(x).first(1), std::vector<double>{2 * (x[0] - 0.25)}, rate);
    narrow.step(std::span(x).last(1), std::vector<double>{2e4 * (x[1] - 0.003)}, rate);
  }
  CHECK(std::abs(x[0] - 0.25) < 1e-3);
  CHECK(std::abs(x[1] - 0.003) < 1e-5);
}

TEST_CASE("host Adam names sizes that do not fit") {
  HostAdam adam(2);
  std::vector<double> x{1, 2}, one{1};
  CHECK_THROWS_WITH_AS(adam.step(x, one, 0.1), doctest::Contains("1 derivatives, expected 2"),
                       Error);
  CHECK_THROWS_WITH_AS(adam.step(one, x, 0.1), doctest::Contains("1 unknowns"), Error);
}

}  // namespace
}  // namespace fgcn::recon
