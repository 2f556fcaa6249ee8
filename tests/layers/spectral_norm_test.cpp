// Weights divided by their largest singular value: the value, its derivative, what is remembered.
#include "layers/spectral_norm.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "autograd/ops/binary.h"
#include "autograd/ops/reduce.h"
#include "tests/layers/singular_value.h"

namespace fgcn {
namespace {

using Values = std::vector<double>;

constexpr bool kDouble = sizeof(real) == sizeof(double);
// Products of up to 1152 terms, and a few hundred steps that each forget the last one's rounding.
constexpr double kBound = kDouble ? 1e-12 : 1e-5;

// Tall, wide, one row, one column (the critic's last), one element; more than a block of a kernel.
const Shape kShapes[] = {{7, 5},       {1, 1, 3, 16}, {3, 3, 2, 4},  {1, 6},
                         {2, 2, 5, 1}, {1, 1},        {3, 3, 128, 8}};

std::vector<Parameter*> remembered(SpectralNorm& norm) {
  std::vector<Parameter*> out;
  norm.add_running_to(out);
  REQUIRE(out.size() == 2);
  return out;
}

Values divided(Values values, double by) {
  for (double& v : values) v /= by;
  return values;
}

Tensor normalised(const SpectralNorm& norm, const Tensor& weight) {
  Tape tape(weight.context());
  return norm(tape.constant(weight)).value();
}

double length(const Values& x) {
  double sum = 0;
  for (const double v : x) sum += v * v;
  return std::sqrt(sum);
}

TEST_CASE("a weight is divided by the largest singular value that a decomposition finds") {
  for (const Shape& shape : kShapes) {
    CAPTURE(text(shape));
    Rng rng(1);
    const Tensor weight = test::uniform(shape, rng, -1, 2);
    const Values expected = divided(test::to_double(weight), test::largest_singular_value(weight));
    test::SameBits bits;
    test::on_every_backend([&](const Context& ctx) {
      const Tensor w = weight.to(ctx);
      SpectralNorm norm("w", w, Rng(2));
      for (int i = 0; i < 300; ++i) norm.advance(w);
      const Tensor y = normalised(norm, w);
      CHECK(test::relative_error(test::to_double(y), expected) <= kBound);
      CHECK(std::abs(test::largest_singular_value(y) - 1) <= kBound);
      bits.check(ctx, y);
    });
  }
}

TEST_CASE("of a matrix whose singular values are known it is the largest") {
  // H diag(s) H' of reflections H = I - 2 h h^T and H', whose columns are singular vectors.
  const Values s = {0.3, 2.5, 1.9, 0};
  const double left[] = {0.5, 0.5, -0.5, 0.5}, right[] = {0.1, -0.7, 0.7, 0.1};
  Values values;
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t j = 0; j < 4; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < 4; ++k)
        sum += ((i == k) - 2 * left[i] * left[k]) * s[k] * ((k == j) - 2 * right[k] * right[j]);
      values.push_back(sum);
    }
  const Context ctx;
  const Tensor weight = Tensor::of(ctx, {4, 4}, values);
  SpectralNorm norm("w", weight, Rng(3));
  for (int i = 0; i < 100; ++i) norm.advance(weight);
  CHECK(test::relative_error(test::to_double(normalised(norm, weight)), divided(values, 2.5)) <=
        kBound);
  const auto state = remembered(norm);
  // The second columns, up to a sign that both have.
  Values v, u;
  for (std::size_t i = 0; i < 4; ++i) {
    v.push_back((i == 1) - 2 * left[i] * left[1]);
    u.push_back((i == 1) - 2 * right[i] * right[1]);
  }
  const double sign = test::to_double(state[0]->value)[0] * v[0] > 0 ? 1 : -1;
  CHECK(test::relative_error(test::to_double(state[0]->value), divided(v, sign)) <= kBound);
  CHECK(test::relative_error(test::to_double(state[1]->value), divided(u, sign)) <= kBound);
}

TEST_CASE("advance is one step of power iteration, in the same memory") {
  Rng rng(4);
  const Tensor weight = test::uniform({5, 3}, rng), start = test::uniform({1, 3}, rng);
  const Values w = test::to_double(weight), from = test::to_double(start);
  Values v(5), u(3);
  for (std::size_t i = 0; i < 5; ++i)
    for (std::size_t j = 0; j < 3; ++j) v[i] += w[3 * i + j] * from[j];
  v = divided(v, length(v));
  for (std::size_t i = 0; i < 5; ++i)
    for (std::size_t j = 0; j < 3; ++j) u[j] += w[3 * i + j] * v[i];
  const double sigma = length(u);
  u = divided(u, sigma);
  test::on_every_backend([&](const Context& ctx) {
    const Tensor on_device = weight.to(ctx);
    SpectralNorm norm("w", on_device, Rng(5));
    const auto state = remembered(norm);
    CHECK(state[0]->name == "w.left");
    CHECK(state[1]->name == "w.right");
    state[1]->value = start.to(ctx);
    const real* const left = state[0]->value.data();
    const real* const right = state[1]->value.data();
    norm.advance(on_device);
    CHECK(state[0]->value.data() == left);
    CHECK(state[1]->value.data() == right);
    test::check_close(state[0]->value, v);
    test::check_close(state[1]->value, u);
    // It is v W u^T, and no more than that: u is not moved by asking.
    test::check_close(normalised(norm, on_device), divided(w, sigma));
    test::check_close(state[1]->value, u);
  });
}

TEST_CASE("W / sigma can be differentiated twice, on every backend") {
  for (const Shape& shape : {Shape{4, 3}, Shape{2, 2, 3, 2}, Shape{3, 3, 2, 1}}) {
    Rng rng(6);
    const Tensor weight = test::uniform(shape, rng);
    // A step or two from the start, where u and v are not yet singular vectors.
    for (const int steps : {0, 100}) {
      SpectralNorm norm("w", weight, Rng(7));
      remembered(norm)[1]->value = test::uniform({1, shape[shape.rank - 1]}, rng);
      norm.advance(weight);
      for (int i = 0; i < steps; ++i) norm.advance(weight);
      test::check_grad([&](const Vars& v) { return norm(v[0]); }, {weight},
                       {.order = 2, .step = 1e-5, .tolerance = 1e-6});
    }
  }
  Rng rng(8);
  const Tensor weight = test::uniform({3, 3, 2, 4}, rng);
  test::check_grad_on_every_backend(
      [](const Vars& v) {
        const Tensor& w = v[0].value();
        const SpectralNorm norm("w", w, Rng(9));
        return norm(v[0]);
      },
      {weight});
}

TEST_CASE("constant singular vectors give the derivative of the true singular value") {
  if (!kDouble) return;
  const Context ctx;
  Rng rng(10);
  const Tensor weight = test::uniform({6, 4}, rng);
  const Values w = test::to_double(weight);
  const Values seed = test::to_double(test::uniform({6, 4}, rng));
  SpectralNorm norm("w", weight, Rng(11));
  for (int i = 0; i < 300; ++i) norm.advance(weight);
  Tape tape(ctx);
  const Var x = tape.leaf(weight);
  const Var y = ops::sum(ops::mul(norm(x), tape.constant(Tensor::of(ctx, {6, 4}, seed))));
  const Values grad = test::to_double(tape.grad(y, {x})[0].value());
  for (std::size_t i = 0; i < w.size(); ++i) {
    const auto value = [&](double step) {
      Values moved = w;
      moved[i] += step;
      const double sigma = test::largest_singular_value(moved, 4);
      double sum = 0;
      for (std::size_t k = 0; k < w.size(); ++k) sum += seed[k] * moved[k] / sigma;
      return sum;
    };
    CHECK(std::abs(grad[i] - (value(1e-5) - value(-1e-5)) / 2e-5) <= 1e-8);
  }
}

TEST_CASE("one step a step of training keeps up with a weight that moves") {
  const Context ctx;
  Rng rng(12);
  Tensor weight = test::uniform({3, 3, 4, 8}, rng);
  SpectralNorm norm("w", weight, Rng(13));
  double worst = 0;
  for (int step = 0; step < 200; ++step) {
    Values w = test::to_double(weight);
    for (double& v : w) v += 0.01 * rng.uniform(-1, 1);
    weight = Tensor::of(ctx, weight.shape(), w);
    norm.advance(weight);
    worst = std::max(worst, std::abs(test::largest_singular_value(normalised(norm, weight)) - 1));
  }
  MESSAGE("off by at most " << worst);
  CHECK(worst <= 0.02);
  CHECK(worst > 0);
}

TEST_CASE("spectral norm names a weight of another shape, and one that has none") {
  const Context ctx;
  Rng rng(14);
  SpectralNorm norm("w", test::uniform({4, 3}, rng), Rng(15));
  const Tensor other(ctx, {3, 4});
  Tape tape(ctx);
  CHECK_THROWS_WITH_AS(norm.advance(other),
                       doctest::Contains("the weight is [3, 4], expected [4, 3]"), Error);
  CHECK_THROWS_WITH_AS(norm(tape.constant(other)),
                       doctest::Contains("the weight is [3, 4], expected [4, 3]"), Error);
  CHECK_THROWS_WITH_AS(SpectralNorm("w", Tensor(ctx, {0, 4}), Rng(1)),
                       doctest::Contains("spectral norm of a weight of [0, 4]"), Error);
}

}  // namespace
}  // namespace fgcn
