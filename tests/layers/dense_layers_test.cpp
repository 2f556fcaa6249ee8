// Linear, Conv2d and the image encoder.
#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "autograd/ops/binary.h"
#include "autograd/ops/reduce.h"
#include "layers/image_encoder.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

/// Sets a parameter's values: a bias of zeros would not show in a test.
void randomise(const std::vector<Parameter*>& parameters, Rng& rng) {
  for (Parameter* p : parameters) p->value = test::uniform(p->value.shape(), rng);
}

TEST_CASE("Linear is x W + b along the last axis") {
  const Context ctx;
  Rng rng(1);
  Linear layer(ctx, "fc", 3, 5, rng);
  randomise(layer.parameters(), rng);
  const Tensor x = test::uniform({2, 4, 3}, rng);
  Tape tape(ctx);
  const Var y = layer(tape.constant(x));
  const Shape expected_shape{2, 4, 5};
  CHECK(y.shape() == expected_shape);
  const std::vector<double> vx = test::to_double(x);
  const std::vector<double> w = test::to_double(layer.parameters()[0]->value);
  const std::vector<double> b = test::to_double(layer.parameters()[1]->value);
  std::vector<double> expected;
  for (int i = 0; i < 8; ++i)
    for (int j = 0; j < 5; ++j) {
      double sum = b[j];
      for (int k = 0; k < 3; ++k) sum += vx[i * 3 + k] * w[k * 5 + j];
      expected.push_back(sum);
    }
  test::check_close(y.value(), expected);
  CHECK_THROWS_WITH_AS(layer(tape.constant(Tensor(ctx, {3, 2}))),
                       doctest::Contains("fc.weight: x is [3, 2], expected [.., 3]"), Error);
}

TEST_CASE("he_normal has mean 0 and variance 2 / fan-in") {
  Rng rng(2);
  const std::vector<double> v = test::to_double(he_normal(Context(), {200, 200}, 50, rng));
  double mean = 0, square = 0;
  for (const double x : v) {
    mean += x / 40000;
    square += x * x / 40000;
  }
  // Four deviations of the estimates: sqrt(0.04 / 40000) and 0.04 sqrt(2 / 40000).
  CHECK(std::abs(mean) <= 4e-3);
  CHECK(std::abs(square - 0.04) <= 1.2e-3);
}

TEST_CASE("Conv2d adds its bias to each pixel and can be differentiated twice") {
  const Context ctx;
  Rng rng(3);
  Conv2d layer(ctx, "c", {2, 3, 3, 2, 1}, rng);
  randomise({layer.parameters()[1]}, rng);
  Tape tape(ctx);
  const Var at_zero = layer(tape.constant(Tensor::zeros(ctx, {1, 5, 4, 2})));
  const Shape expected_shape{1, 3, 2, 3};
  REQUIRE(at_zero.shape() == expected_shape);
  const std::vector<real> bias = layer.parameters()[1]->value.to_host();
  const std::vector<real> values = at_zero.value().to_host();
  for (std::size_t i = 0; i < values.size(); ++i) CHECK(values[i] == bias[i % 3]);
  test::check_grad(
      [&](const Vars& v) {
        const Var y = layer(v[0]);
        return ops::mul(y, y);
      },
      {test::uniform({1, 5, 4, 2}, rng)}, {.order = 2});
  CHECK_THROWS_WITH_AS(layer(tape.constant(Tensor(ctx, {1, 5, 4, 3}))),
                       doctest::Contains("expected [N, H, W, 2]"), Error);
}

TEST_CASE("the image encoder names its parameters, and each one matters") {
  const Context ctx;
  Rng rng(4);
  ImageEncoder encoder(ctx, "encoder", {.crop = 64, .channels = 4, .embedding = 6}, rng);
  std::set<std::string> names;
  for (const Parameter* p : encoder.parameters()) names.insert(p->name);
  CHECK(names.size() == 14);
  CHECK(names.count("encoder.conv0.weight") == 1);
  CHECK(names.count("encoder.out.bias") == 1);

  Tape tape(ctx);
  const Var y = encoder(tape.constant(test::uniform({2, 64, 64, 4}, rng)));
  const Shape expected_shape{2, 6};
  REQUIRE(y.shape() == expected_shape);
  Vars parameters;
  for (const Parameter* p : encoder.parameters()) parameters.push_back(tape.use(*p));
  const Vars grads = tape.grad(y, parameters, {.seed = tape.constant(test::uniform({2, 6}, rng))});
  for (std::size_t i = 0; i < grads.size(); ++i) {
    CAPTURE(encoder.parameters()[i]->name);
    double largest = 0;
    for (const double g : test::to_double(grads[i].value()))
      largest = std::max(largest, std::abs(g));
    CHECK(largest > 1e-6);
    CHECK(std::isfinite(largest));
  }
  CHECK_THROWS_WITH_AS(encoder(tape.constant(Tensor(ctx, {2, 64, 63, 4}))),
                       doctest::Contains("expected [2, 64, 64, 4]"), Error);
  CHECK_THROWS_WITH_AS(ImageEncoder(ctx, "e", {.crop = 31}, rng), doctest::Contains("a crop of 31"),
                       Error);
}

TEST_CASE("the image encoder's gradient is its slope, and does not depend on the threads") {
  Rng rng(5);
  ImageEncoder encoder(Context(), "encoder", {.crop = 32, .channels = 2, .embedding = 3}, rng);
  const Tensor x = test::uniform({2, 32, 32, 2}, rng);
  // The step stays small, so that few of the leaky ReLUs' kinks are crossed.
  test::check_grad([&](const Vars& v) { return encoder(v[0]); }, {x},
                   {.order = 1, .step = 1e-7, .tolerance = 1e-5});
  std::vector<real> first;
  for (const int threads : {1, 3}) {
    const Context ctx(Device::kCpu, threads);
    Tape tape(ctx);
    const Var in = tape.leaf(x);
    const Var y = encoder(in);
    std::vector<real> now = y.value().to_host();
    const Var grad = tape.grad(ops::sum(ops::mul(y, y)), {in})[0];
    const std::vector<real> slope = grad.value().to_host();
    now.insert(now.end(), slope.begin(), slope.end());
    if (first.empty()) first = now;
    CHECK(now == first);
  }
}

}  // namespace
}  // namespace fgcn
