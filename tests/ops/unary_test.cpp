#include "autograd/ops/unary.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>

#include "autograd/ops/binary.h"
#include "kernels/unary/unary.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

using kernels::Unary;
using kernels::UnaryFunction;

struct Case {
  const char* name;
  UnaryFunction f;
  double low, high;  // of the arguments
  double (*value)(double);
  bool any_sign = true;  // else defined for positive arguments alone
};

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double elu(double x) { return x > 0 ? x : std::expm1(x); }
double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

const Case kCases[] = {
    {"scale", {Unary::kScale, -3}, -2, 2, [](double x) { return -3 * x; }},
    {"add_scalar", {Unary::kAddScalar, 3}, -2, 2, [](double x) { return 3 + x; }},
    {"exp", {Unary::kExp}, -40, 40, [](double x) { return std::exp(x); }},
    {"log", {Unary::kLog}, 0.1, 9, [](double x) { return std::log(x); }, false},
    {"sqrt", {Unary::kSqrt}, 0, 9, [](double x) { return std::sqrt(x); }, false},
    {"square", {Unary::kSquare}, -3, 3, [](double x) { return x * x; }},
    {"abs", {Unary::kAbs}, -3, 3, [](double x) { return std::abs(x); }},
    {"sin", {Unary::kSin}, -9, 9, [](double x) { return std::sin(x); }},
    {"cos", {Unary::kCos}, -9, 9, [](double x) { return std::cos(x); }},
    {"tanh", {Unary::kTanh}, -12, 12, [](double x) { return std::tanh(x); }},
    {"tanh near zero", {Unary::kTanh}, -1e-3, 1e-3, [](double x) { return std::tanh(x); }},
    {"sigmoid", {Unary::kSigmoid}, -30, 30, sigmoid},
    {"relu", {Unary::kLeakyRelu, 0}, -3, 3, [](double x) { return x > 0 ? x : 0; }},
    {"leaky_relu", {Unary::kLeakyRelu, 0.25}, -3, 3, [](double x) { return x > 0 ? x : x / 4; }},
    {"elu", {Unary::kElu}, -30, 3, elu},
    {"elu near zero", {Unary::kElu}, -1e-3, 1e-3, elu},
    {"clamp",
     {Unary::kClamp, -1, 0.5},
     -3,
     3,
     [](double x) { return std::min(0.5, std::max(-1.0, x)); }},
    {"reciprocal", {Unary::kReciprocal}, 0.1, 3, [](double x) { return 1 / x; }, false},
    {"softplus", {Unary::kSoftplus}, -30, 30, softplus},
};

TEST_CASE("unary: every function of the table has a case here") {
  for (int i = 0; i < kernels::kUnaryFunctions; ++i) {
    const auto kind = static_cast<Unary>(i);
    CAPTURE(kernels::unary_entry(kind).name);
    CHECK(std::ranges::any_of(kCases, [&](const Case& k) { return k.f.kind == kind; }));
  }
  CHECK_THROWS_WITH_AS(kernels::unary_entry(static_cast<Unary>(kernels::kUnaryFunctions)),
                       doctest::Contains("is none of the"), Error);
}

TEST_CASE("unary agrees with the double precision functions, the small results too") {
  for (const Case& k : kCases) {
    CAPTURE(k.name);
    Rng rng(1);
    const Tensor x = test::uniform({3, 1237}, rng, k.low, k.high);
    std::vector<double> expected = test::to_double(x);
    for (double& v : expected) v = k.value(v);
    test::on_every_backend([&](const Context& ctx) {
      Tensor y = test::poisoned(ctx, x.shape());
      kernels::unary(ctx, k.f, x.to(ctx).view(), y.view());
      // The relative bound is 8 units in the last place; near zeros of sin and cos the absolute.
      test::check_close(y, expected, {.abs = 1e-12 + 1e-7 * (k.low == -9), .rel = 1e-6});
    });
  }
}

TEST_CASE("sine and cosine of large angles, and of what is not finite") {
  // Around the multiples of pi / 2, to the largest float.
  std::vector<double> angles{8191.9, 8192, 8193, 1e5, -1e5, 1e6, 3e38, -3e38, 1e-30, 0.015};
  for (double x = 1.5707963267948966; x < 3e38; x *= 7) angles.insert(angles.end(), {x, -x});
  Rng rng(3);
  for (int i = 0; i < 2000; ++i)
    angles.push_back((rng.below(2) == 0 ? 1 : -1) * std::exp(rng.uniform(0, 87)));
  const auto size = static_cast<std::int64_t>(angles.size());
  const Context cpu;
  const Tensor x = Tensor::of(cpu, {size}, angles);
  const std::vector<double> rounded = test::to_double(x);
  std::vector<double> sines, minus_sines, cosines;
  for (const double v : rounded) {
    sines.push_back(std::sin(v));
    minus_sines.push_back(-std::sin(v));
    cosines.push_back(std::cos(v));
  }
  test::on_every_backend([&](const Context& ctx) {
    Tensor y = test::poisoned(ctx, {size});
    kernels::unary(ctx, {Unary::kSin}, x.to(ctx).view(), y.view());
    test::check_close(y, sines, {.abs = 1.1e-7, .rel = 0});
    kernels::unary(ctx, {Unary::kCos}, x.to(ctx).view(), y.view());
    test::check_close(y, cosines, {.abs = 1.1e-7, .rel = 0});
    // Their derivatives, in whole blocks and behind.
    const Tensor ones = Tensor::full(ctx, {size}, 1);
    kernels::unary_vjp(ctx, {Unary::kSin}, x.to(ctx).view(), ones.view(), y.view());
    test::check_close(y, cosines, {.abs = 1.1e-7, .rel = 0});
    kernels::unary_vjp(ctx, {Unary::kCos}, x.to(ctx).view(), ones.view(), y.view());
    test::check_close(y, minus_sines, {.abs = 1.1e-7, .rel = 0});
    const double inf = std::numeric_limits<double>::infinity();
    std::vector<double> not_finite;
    while (not_finite.size() < 3000) not_finite.insert(not_finite.end(), {inf, -inf, inf - inf});
    const Tensor none = Tensor::of(ctx, {3000}, not_finite);
    Tensor out = Tensor::zeros(ctx, {3000});
    const auto is_nan = [](real v) { return v != v; };
    for (const Unary f : {Unary::kSin, Unary::kCos}) {
      kernels::unary(ctx, {f}, none.view(), out.view());
      CHECK(std::ranges::all_of(out.to_host(), is_nan));
      out = Tensor::zeros(ctx, {3000});
      kernels::unary_vjp(ctx, {f}, none.view(), Tensor::full(ctx, {3000}, 1).view(), out.view());
      CHECK(std::ranges::all_of(out.to_host(), is_nan));
    }
  });
}

bool from_output(Unary kind) {
  return kernels::unary_entry(kind).derivative_from == kernels::DerivativeFrom::kOutput;
}

TEST_CASE("unary and its derivative give every device's threads the same bits at every size") {
  for (const Case& k : kCases) {
    CAPTURE(k.name);
    // The first does not begin at 16 bytes.
    for (const std::int64_t size : {4095, 0, 1, 31, 33, 1024, 1025, 3072}) {
      CAPTURE(size);
      const int begin = size == 4095 ? 1 : 0;
      Rng rng(4);
      const Tensor x = test::uniform({size + begin}, rng, k.low, k.high);
      const Tensor grad_y = test::uniform(x.shape(), rng);
      std::vector<double> value, product;
      test::SameBits value_bits, product_bits;
      test::on_every_backend([&](const Context& ctx) {
        const Tensor on_x = x.to(ctx), on_grad = grad_y.to(ctx);
        Tensor y = Tensor::full(ctx, x.shape(), 7), grad_x = Tensor::full(ctx, x.shape(), 7);
        const auto part = [&](const Tensor& t) {
          return View<const real>(t.view().data + begin, {size});
        };
        const auto out = [&](Tensor& t) { return View<real>(t.view().data + begin, {size}); };
        kernels::unary(ctx, k.f, part(on_x), out(y));
        kernels::unary_vjp(ctx, k.f, part(from_output(k.f.kind) ? y : on_x), part(on_grad),
                           out(grad_x));
        if (value.empty()) {
          value = test::to_double(y);
          product = test::to_double(grad_x);
        }
        const double near_zero = 1e-12 + 1e-7 * (k.low == -9);
        test::check_close(y, value, {.abs = near_zero, .rel = 1e-6});
        // 1 - y^2 of tanh and y (1 - y) of sigmoid lose what y rounds away.
        const bool rounded = k.f.kind == Unary::kTanh || k.f.kind == Unary::kSigmoid;
        test::check_close(grad_x, product, {.abs = rounded ? 3e-7 : near_zero, .rel = 2e-6});
        if (begin == 1) CHECK(y.to_host()[0] == 7);
        value_bits.check(ctx, y);
        product_bits.check(ctx, grad_x);
        // In place.
        Tensor same = grad_y.to(ctx);
        kernels::unary_vjp(ctx, k.f, part(from_output(k.f.kind) ? y : on_x), part(same), out(same));
        if (begin == 0) product_bits.check(ctx, same);
      });
    }
  }
}

TEST_CASE("unary keeps NaN, and large arguments overflow to the limits") {
  const real inf = std::numeric_limits<real>::infinity();
  const real nan = std::numeric_limits<real>::quiet_NaN();
  test::on_every_backend([&](const Context& ctx) {
    // In pieces and behind them alike.
    std::vector<real> repeated;
    while (repeated.size() < 1500)
      repeated.insert(repeated.end(), {nan, real(-2000), real(2000), inf, 0, real(1e-40)});
    const Tensor x = Tensor::of(ctx, {1500}, repeated);
    const auto at = [&](const UnaryFunction& f) {
      Tensor y(ctx, {1500});
      kernels::unary(ctx, f, x.view(), y.view());
      std::vector<real> out = y.to_host();
      for (std::size_t i = 6; i < out.size(); ++i)
        CHECK((out[i] == out[i % 6] || (out[i] != out[i] && out[i % 6] != out[i % 6])));
      return out;
    };
    for (const Case& k : kCases) {
      CAPTURE(k.name);
      CHECK(std::isnan(at(k.f)[0]));
    }
    CHECK(std::isnan(at({Unary::kLog})[1]));
    CHECK(at({Unary::kLog})[3] == inf);
    CHECK(at({Unary::kLog})[4] == -inf);
    CHECK(at({Unary::kLog})[5] == doctest::Approx(std::log(1e-40)).epsilon(1e-5));
    CHECK(at({Unary::kExp})[1] <= 2e-38);
    CHECK(at({Unary::kExp})[2] == inf);
    CHECK(at({Unary::kElu})[1] == real(-1));
    CHECK(at({Unary::kElu})[2] == real(2000));
    CHECK(at({Unary::kTanh})[1] == real(-1));
    CHECK(at({Unary::kTanh})[2] == real(1));
    CHECK(at({Unary::kSigmoid})[1] <= 2e-38);
    CHECK(at({Unary::kSigmoid})[2] == real(1));
  });
}

TEST_CASE("unary functions can be differentiated three times") {
  Rng rng(2);
  // Away from the kinks at -0.9, 0 and 0.9, and from the poles.
  std::vector<double> values;
  values.reserve(12);
  for (int i = 0; i < 12; ++i) values.push_back((i % 2 ? 1 : -1) * rng.uniform(0.2, 0.8));
  const Tensor any = Tensor::of(Context(), {3, 4}, values);
  const Tensor positive = test::uniform({3, 4}, rng, 0.5, 2);
  for (const Case& k : kCases) {
    CAPTURE(k.name);
    const Tensor& x = k.any_sign ? any : positive;
    const auto f = [&k](const Var& v) { return ops::unary(k.f, v); };
    test::check_grad([&](const Vars& v) { return f(v[0]); }, {x}, {.order = 2});
    // The gradient as the function: its second derivative is the third.
    test::check_grad(
        [&](const Vars& v) {
          Tape& tape = v[0].tape();
          const Var at = v[0].requires_grad() ? v[0] : tape.leaf(v[0].value());
          return tape.grad(f(at), {at}, {.seed = v[1], .create_graph = true})[0];
        },
        {x, x}, {.order = 1});
  }
}

/// f, f' and f'' at x, one element.
std::array<double, 3> derivatives(Var (*f)(const Var&), double at) {
  const Context ctx;
  Tape tape(ctx);
  const Var x = tape.leaf(Tensor::full(ctx, {1}, static_cast<real>(at)));
  const Var y = f(x);
  const Var first = tape.grad(y, {x}, {.seed = {}, .create_graph = true})[0];
  const Var second = tape.grad(first, {x})[0];
  return {y.value().to_host()[0], first.value().to_host()[0], second.value().to_host()[0]};
}

TEST_CASE("unary: softplus and its two derivatives have their closed forms") {
  for (const double x : {-80.0, -20.0, -1.0, 0.0, 0.3, 1.0, 20.0, 2000.0}) {
    CAPTURE(x);
    const double s = 1 / (1 + std::exp(-x));
    const std::array<double, 3> found = derivatives(ops::softplus, x);
    CHECK(std::abs(found[0] - softplus(x)) <= 1e-6 * softplus(x));
    CHECK(std::abs(found[1] - s) <= 1e-6 * s);
    CHECK(std::abs(found[2] - s * (1 - s)) <= 3e-7);
  }
  CHECK(derivatives(ops::softplus, 0.3)[2] == doctest::Approx(0.244458).epsilon(1e-5));
}

/// x^3 by a caller's own loops.
void cube(const Context& /*ctx*/, const UnaryFunction& /*f*/, View<const real> x, View<real> y) {
  for (std::int64_t i = 0; i < x.size(); ++i) y[i] = x[i] * x[i] * x[i];
}
void cube_vjp(const Context& /*ctx*/, const UnaryFunction& /*f*/, View<const real> s,
              View<const real> grad_y, View<real> grad_x) {
  for (std::int64_t i = 0; i < s.size(); ++i) grad_x[i] = grad_y[i] * 3 * s[i] * s[i];
}
constexpr ops::UnaryRule kCube{
    .name = "cube", .from = kernels::DerivativeFrom::kInput, .value = cube, .vjp = cube_vjp};

TEST_CASE("unary: a function without a rule for its second derivative throws with its name") {
  static constexpr ops::UnaryRule kWhole{
      .name = "whole_cube",
      .from = kernels::DerivativeFrom::kInput,
      .value = cube,
      .vjp = cube_vjp,
      .second_derivative = [](const Var& s) { return ops::scale(s, 6); }};
  const std::array<double, 3> whole =
      derivatives([](const Var& x) { return ops::unary(kWhole, {}, x); }, 2);
  CHECK(whole[0] == 8);
  CHECK(whole[1] == 12);
  CHECK(whole[2] == 12);

  const Context ctx;
  Tape tape(ctx);
  const Var x = tape.leaf(Tensor::of<double>(ctx, {2}, {2, -1}));
  const Var y = ops::unary(kCube, {}, x);
  const Vars first =
      tape.grad(y, {x}, {.seed = tape.constant(Tensor::full(ctx, {2}, 1)), .create_graph = true});
  CHECK(first[0].value().to_host() == std::vector<real>{12, 3});
  CHECK_THROWS_WITH_AS(tape.grad(first[0], {x}, {.seed = tape.constant(Tensor::full(ctx, {2}, 1))}),
                       doctest::Contains("cube: no rule for its second derivative"), Error);
  // A function without a first derivative already throws as it is recorded.
  ops::UnaryRule none = kCube;
  none.vjp = nullptr;
  CHECK_THROWS_WITH_AS(ops::unary(none, {}, x),
                       doctest::Contains("cube: no rule for its derivative"), Error);
  none.from = kernels::DerivativeFrom::kConstant;
  CHECK_THROWS_WITH_AS(ops::unary(none, {}, x),
                       doctest::Contains("cube: no rule for its derivative"), Error);
}

TEST_CASE("unary functions have the same derivatives on every device") {
  Rng rng(5);
  const Tensor x = test::uniform({33, 31}, rng, 0.2, 2);
  const auto check = [&](const std::function<Var(const Var&)>& f) {
    test::check_grad_on_every_backend([&](const Vars& v) { return f(v[0]); }, {x}, 2,
                                      {.abs = 3e-5, .rel = 1e-5});
  };
  for (const Case& k : kCases) {
    CAPTURE(k.name);
    check([&](const Var& v) { return ops::unary(k.f, v); });
  }
  check([](const Var& v) { return ops::elu(ops::neg(v)); });
  check([](const Var& v) { return ops::leaky_relu(ops::add_scalar(v, -1), 0.2); });
  check([](const Var& v) { return ops::clamp(ops::scale(v, 2), 0.9, 2.5); });
}

TEST_CASE("unary does not depend on the number of threads") {
  Rng rng(3);
  const Tensor x = test::uniform({70001}, rng, -4, 4);
  const Context one(Device::kCpu, 1), three(Device::kCpu, 3);
  for (const Case& k : kCases) {
    if (k.low == 0 || k.low == 0.1) continue;
    CAPTURE(k.name);
    Tensor y1(one, x.shape()), y3(three, x.shape());
    kernels::unary(one, k.f, x.view(), y1.view());
    kernels::unary(three, k.f, x.view(), y3.view());
    CHECK(y1.to_host() == y3.to_host());
  }
}

TEST_CASE("unary names what does not fit") {
  const Context ctx;
  Tensor x(ctx, {2, 3}), y(ctx, {3, 2}), z(ctx, {2, 3});
  CHECK_THROWS_WITH_AS(kernels::unary(ctx, {Unary::kExp}, x.view(), y.view()),
                       doctest::Contains("y is [3, 2], expected [2, 3]"), Error);
  CHECK_THROWS_WITH_AS(kernels::unary_vjp(ctx, {Unary::kExp}, x.view(), y.view(), z.view()),
                       doctest::Contains("grad_y is [3, 2], expected [2, 3]"), Error);
  CHECK_THROWS_WITH_AS(kernels::unary_vjp(ctx, {Unary::kExp}, x.view(), z.view(), y.view()),
                       doctest::Contains("grad_x is [3, 2], expected [2, 3]"), Error);
  CHECK_THROWS_WITH_AS(kernels::unary(ctx, {Unary::kLeakyRelu, -1}, x.view(), z.view()),
                       doctest::Contains("the slope is -1"), Error);
  CHECK_THROWS_WITH_AS(kernels::unary(ctx, {Unary::kClamp, 1, 0}, x.view(), z.view()),
                       doctest::Contains("the bounds are 1 and 0"), Error);
}

}  // namespace
}  // namespace fgcn
