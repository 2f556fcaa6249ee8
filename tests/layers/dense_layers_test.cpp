// Linear, Conv2d and the patch encoder.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "autograd/ops/binary.h"
#include "autograd/ops/reduce.h"
#include "layers/conv2d.h"
#include "layers/patch_encoder.h"
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

TEST_CASE("the patch encoder is a convolution whose stride is its size, three times") {
  const Context ctx;
  Rng rng(4);
  PatchEncoder encoder(ctx, 6, rng);
  std::vector<Parameter*> parameters;
  encoder.add_to(parameters);
  randomise(parameters, rng);
  std::map<std::string, std::vector<double>> p;
  for (const Parameter* one : parameters) p[one->name] = test::to_double(one->value);
  REQUIRE(p.size() == 6);
  const Tensor x = test::uniform({2 * PatchEncoder::kPatches, PatchEncoder::kPatchValues}, rng);
  /// max(rows W + b, 0), the layer's input and output flat.
  const auto layer = [&](const std::vector<double>& in, const std::string& name) {
    const std::vector<double>& w = p.at(name + ".weight");
    const std::vector<double>& b = p.at(name + ".bias");
    const std::size_t wide = w.size() / b.size();
    std::vector<double> out;
    for (std::size_t r = 0; r < in.size() / wide; ++r)
      for (std::size_t o = 0; o < b.size(); ++o) {
        double sum = b[o];
        for (std::size_t i = 0; i < wide; ++i) sum += in[r * wide + i] * w[i * b.size() + o];
        out.push_back(std::max(sum, 0.0));
      }
    return out;
  };
  const std::vector<double> expected =
      layer(layer(layer(test::to_double(x), "encoder.patch"), "encoder.block"), "encoder.full");
  Tape tape(ctx);
  const Var y = encoder(tape.constant(x));
  const Shape expected_shape{2, 6};
  REQUIRE(y.shape() == expected_shape);
  CHECK(test::relative_error(test::to_double(y.value()), expected) <= 1e-5);
  test::check_grad([&](const Vars& v) { return encoder(v[0]); }, {x},
                   {.order = 1, .step = 1e-7, .tolerance = 1e-5});
  CHECK_THROWS_WITH_AS(encoder(tape.constant(Tensor(ctx, {195, 64}))),
                       doctest::Contains("expected [N * 196, 64]"), Error);
}

}  // namespace
}  // namespace fgcn
