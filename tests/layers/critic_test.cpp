// Normalisations, the critic, and the penalty on its gradient.
#include "layers/critic.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>

#include "autograd/ops/binary.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/slice.h"
#include "tests/layers/parameter_gradient.h"
#include "tests/layers/singular_value.h"

namespace fgcn {
namespace {

using Values = std::vector<double>;

constexpr Normalisation kKinds[] = {Normalisation::kBatch, Normalisation::kLayer,
                                    Normalisation::kNone};
constexpr double kBound = sizeof(real) == sizeof(double) ? 1e-12 : 1e-5;

/// Features of images, [N, side, side, C].
struct Images {
  std::size_t count, side, channels;
  Values values;

  Images(std::size_t n, std::size_t s, std::size_t c) : count(n), side(s), channels(c) {
    values.resize(n * s * s * c);
  }
  double& at(std::size_t n, std::size_t y, std::size_t x, std::size_t c) {
    return values[((n * side + y) * side + x) * channels + c];
  }
};

/// One group per channel (batch) or per sample (layer).
Images normalised(Images x, Normalisation kind, const Values& gain, const Values& offset) {
  if (kind == Normalisation::kNone) return x;
  const std::size_t a_sample = x.side * x.side * x.channels;
  const bool by_batch = kind == Normalisation::kBatch;
  const auto group = [&](std::size_t i) { return by_batch ? i % x.channels : i / a_sample; };
  const std::size_t groups = by_batch ? x.channels : x.count;
  const double share = static_cast<double>(groups) / static_cast<double>(x.values.size());
  Values mean(groups), variance(groups);
  for (std::size_t i = 0; i < x.values.size(); ++i) mean[group(i)] += share * x.values[i];
  for (std::size_t i = 0; i < x.values.size(); ++i)
    variance[group(i)] += share * std::pow(x.values[i] - mean[group(i)], 2);
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    const double unit = (x.values[i] - mean[group(i)]) / std::sqrt(variance[group(i)] + 1e-5);
    x.values[i] = gain[i % x.channels] * unit + offset[i % x.channels];
  }
  return x;
}

/// Square kernel, stride 1.
Images convolved(Images x, const Values& w, const Values& b, std::size_t kernel, std::size_t pad) {
  Images y(x.count, x.side + 2 * pad - kernel + 1, b.size());
  for (std::size_t n = 0; n < y.count; ++n)
    for (std::size_t r = 0; r < y.side; ++r)
      for (std::size_t c = 0; c < y.side; ++c)
        for (std::size_t o = 0; o < y.channels; ++o) {
          double sum = b[o];
          for (std::size_t i = 0; i < kernel; ++i)
            for (std::size_t j = 0; j < kernel; ++j) {
              if (r + i < pad || r + i - pad >= x.side || c + j < pad || c + j - pad >= x.side)
                continue;
              for (std::size_t k = 0; k < x.channels; ++k)
                sum += x.at(n, r + i - pad, c + j - pad, k) *
                       w[((i * kernel + j) * x.channels + k) * y.channels + o];
            }
          y.at(n, r, c, o) = sum;
        }
  return y;
}

Images pooled(Images x) {
  Images y(x.count, x.side / 2, x.channels);
  for (std::size_t n = 0; n < y.count; ++n)
    for (std::size_t r = 0; r < y.side; ++r)
      for (std::size_t c = 0; c < y.side; ++c)
        for (std::size_t k = 0; k < y.channels; ++k)
          y.at(n, r, c, k) =
              std::max({x.at(n, 2 * r, 2 * c, k), x.at(n, 2 * r, 2 * c + 1, k),
                        x.at(n, 2 * r + 1, 2 * c, k), x.at(n, 2 * r + 1, 2 * c + 1, k)});
  return y;
}

TEST_CASE("each normalisation is its formula and can be differentiated twice") {
  const Context ctx;
  for (const Normalisation kind : kKinds) {
    CAPTURE(static_cast<int>(kind));
    Rng rng(1);
    Normalise layer(ctx, "n", kind, 3);
    std::vector<Parameter*> parameters;
    layer.add_to(parameters);
    CHECK(parameters.size() == (kind == Normalisation::kNone ? 0 : 2));
    test::randomise(parameters, rng, 1);
    const Tensor x = test::uniform({4, 2, 2, 3}, rng, -1, 3);
    Images images(4, 2, 3);
    images.values = test::to_double(x);
    Values gain, offset;
    if (!parameters.empty()) {
      gain = test::to_double(parameters[0]->value);
      offset = test::to_double(parameters[1]->value);
    }
    Tape tape(ctx);
    const Var y = layer(tape.constant(x), Statistics::kBatch);
    CHECK(test::relative_error(test::to_double(y.value()),
                               normalised(images, kind, gain, offset).values) <= kBound);
    const auto f = [&](const Vars& v) { return layer(v[0], Statistics::kBatch); };
    test::check_grad(f, {x}, {.order = 2, .step = 1e-5, .tolerance = 1e-6});
    CHECK_THROWS_WITH_AS(layer(tape.constant(Tensor(ctx, {4, 2, 2, 2})), Statistics::kBatch),
                         doctest::Contains("expected [N, H, W, 3]"), Error);
  }
}

TEST_CASE("batch norm remembers when told to, and uses what it remembers when told to") {
  Tensor x, z;
  Rng rng(2);
  x = test::uniform({3, 2, 2, 2}, rng, 0, 2);
  z = test::uniform({3, 2, 2, 2}, rng);
  const Values vx = test::to_double(x), vz = test::to_double(z);
  Values mean(2), variance(2), expected;
  for (std::size_t i = 0; i < vx.size(); ++i) mean[i % 2] += vx[i] / 12;
  for (std::size_t i = 0; i < vx.size(); ++i)
    variance[i % 2] += std::pow(vx[i] - mean[i % 2], 2) / 12;
  for (std::size_t c = 0; c < 2; ++c) {
    // Twice the same batch: 1 - 0.9^2 of it.
    mean[c] = 0.19 * mean[c];
    variance[c] = 0.81 + 0.19 * variance[c];
  }
  for (std::size_t i = 0; i < vz.size(); ++i)
    expected.push_back((vz[i] - mean[i % 2]) / std::sqrt(variance[i % 2] + 1e-5));
  test::on_every_backend([&](const Context& ctx) {
    Normalise layer(ctx, "n", Normalisation::kBatch, 2);
    std::vector<Parameter*> running;
    layer.add_running_to(running);
    REQUIRE(running.size() == 2);
    Tape tape(ctx);
    layer(tape.constant(x.to(ctx)), Statistics::kBatchAndRemember);
    layer(tape.constant(z.to(ctx)), Statistics::kBatch);
    layer(tape.constant(x.to(ctx)), Statistics::kBatchAndRemember);
    test::check_close(running[0]->value, mean);
    test::check_close(running[1]->value, variance);
    test::check_close(layer(tape.constant(z.to(ctx)), Statistics::kRunning).value(), expected);
  });
}

TEST_CASE("only statistics of a batch carry a gradient from one sample to another") {
  const Context ctx;
  const auto leaks = [&](Normalisation kind, Statistics statistics) {
    Rng rng(3);
    Normalise layer(ctx, "n", kind, 2);
    Tape tape(ctx);
    const Var x = tape.leaf(test::uniform({2, 2, 2, 2}, rng));
    const Var y = layer(x, statistics);
    const Var first = ops::slice(ops::mul(y, y), {.axis = 0, .begin = 0, .size = 1});
    const Var weights = tape.constant(test::uniform(first.shape(), rng));
    const Values grad =
        test::to_double(tape.grad(ops::sum(ops::mul(first, weights)), {x})[0].value());
    return std::any_of(grad.begin() + 8, grad.end(), [](double g) { return g != 0; });
  };
  CHECK(leaks(Normalisation::kBatch, Statistics::kBatch));
  CHECK_FALSE(leaks(Normalisation::kBatch, Statistics::kRunning));
  CHECK_FALSE(leaks(Normalisation::kLayer, Statistics::kBatch));
  CHECK_FALSE(leaks(Normalisation::kNone, Statistics::kBatch));
}

struct Kind {
  Normalisation normalisation;
  bool spectral;
};
constexpr Kind kCritics[] = {{Normalisation::kBatch, false}, {Normalisation::kLayer, false},
                             {Normalisation::kNone, false},  {Normalisation::kBatch, true},
                             {Normalisation::kLayer, true},  {Normalisation::kNone, true}};

CriticSize small(const Kind& kind) {
  return {.side = 12,
          .filters = {2, 3, 4},
          .normalisation = kind.normalisation,
          .spectral = kind.spectral};
}

TEST_CASE("the critic is its formula") {
  const Context ctx;
  for (const auto& [kind, spectral] : kCritics) {
    CAPTURE(static_cast<int>(kind));
    CAPTURE(spectral);
    Rng rng(4);
    Critic critic(ctx, small({kind, spectral}), rng);
    test::randomise(critic.parameters(), rng, 1);
    for (int i = 0; i < 300; ++i) critic.advance();
    std::map<std::string, Values> p;
    for (const Parameter* one : critic.parameters()) p[one->name] = test::to_double(one->value);
    CHECK(p.size() == (kind == Normalisation::kNone ? 8 : 14));
    CHECK(critic.running().size() ==
          (kind == Normalisation::kBatch ? 6U : 0U) + (spectral ? 8U : 0U));
    for (const Parameter* one : critic.parameters())
      if (spectral && one->name.ends_with(".weight")) {
        const double sigma = test::largest_singular_value(one->value);
        for (double& w : p[one->name]) w /= sigma;
      }
    const Tensor x = test::uniform({3, 12, 12, 3}, rng);
    Images y(3, 12, 3);
    y.values = test::to_double(x);
    for (int i = 0; i < 3; ++i) {
      const std::string name = text("critic.", i);
      if (i > 0) y = pooled(y);
      y = convolved(y, p[name + ".weight"], p[name + ".bias"], i > 0 ? 3 : 1, i > 0 ? 1 : 0);
      y = normalised(y, kind, p[name + ".gain"], p[name + ".offset"]);
      for (double& v : y.values) v = v > 0 ? v : 0.2 * v;
    }
    y = convolved(y, p["critic.score.weight"], p["critic.score.bias"], 3, 0);
    Tape tape(ctx);
    const Var score = critic(tape.constant(x));
    REQUIRE(score.shape() == Shape{3});
    CHECK(test::relative_error(test::to_double(score.value()), y.values) <= kBound);
  }
}

// Far below the distance of most kinks of leaky ReLU and of ties in max_pool, far above rounding.
constexpr test::GradCheck kThroughKinks = {.order = 2, .step = 1e-6, .tolerance = 1e-5};

TEST_CASE("the critic can be differentiated twice, and so can the penalty on its gradient once") {
  const Context ctx;
  for (const Kind& kind : kCritics) {
    CAPTURE(static_cast<int>(kind.normalisation));
    CAPTURE(kind.spectral);
    Rng rng(5);
    Critic critic(ctx, small(kind), rng);
    test::randomise(critic.parameters(), rng, 1);
    critic.advance();
    const Tensor x = test::uniform({3, 12, 12, 3}, rng);
    test::check_grad([&](const Vars& v) { return critic(v[0]); }, {x}, kThroughKinks);
    test::check_parameter_grad(
        critic.parameters(), [&](Tape& tape) { return critic(tape.constant(x)); }, kThroughKinks);
    test::check_parameter_grad(
        critic.parameters(),
        [&](Tape& tape) {
          const Var at = tape.leaf(x);
          return gradient_penalty(critic(at), at);
        },
        kThroughKinks);
    test::check_parameter_grad(
        critic.parameters(),
        [&](Tape& tape) {
          const Var at = tape.leaf(x);
          return real_gradient_penalty(critic(at), at);
        },
        kThroughKinks);
  }
}

TEST_CASE(
    "one penalty is ten times the mean of squared distances of norms from one, the other half its "
    "weight times that of squared norms") {
  const Context ctx;
  Tape tape(ctx);
  const Tensor slopes = Tensor::of(ctx, {2, 1, 2}, Values{3, 4, 0.6, 0});
  const Var x = tape.leaf(Tensor::zeros(ctx, {2, 1, 2}));
  const Var score = ops::reshape(ops::sum_to(ops::mul(x, tape.constant(slopes)), {2, 1, 1}), {2});
  test::check_close(gradient_penalty(score, x).value(), {10 * (16 + 0.16) / 2});
  test::check_close(real_gradient_penalty(score, x, 6).value(), {3 * (25 + 0.36) / 2});
  CHECK_THROWS_WITH_AS(gradient_penalty(ops::reshape(score, {1, 2}), x),
                       doctest::Contains("the scores are [1, 2] for x of [2, 1, 2]"), Error);
}

TEST_CASE("the critic of the original has the parameters counted by hand, and it checks sizes") {
  const Context ctx;
  Rng rng(6);
  constexpr std::int64_t kBiases = 16 + 32 + 64 + 128 + 256 + 512;
  constexpr std::int64_t kWeights =
      3 * 16 + 9 * (16 * 32 + 32 * 64 + 64 * 128 + 128 * 256 + 256 * 512) + 7 * 7 * 512;
  Critic critic(ctx, {}, rng);
  std::set<std::string> names;
  std::int64_t count = 0;
  for (const Parameter* p : critic.parameters()) {
    CHECK(names.insert(p->name).second);
    count += p->value.size();
  }
  CHECK(count == kWeights + 3 * kBiases + 1);
  const auto refused = [&](const CriticSize& size, const char* why) {
    CHECK_THROWS_WITH_AS(Critic(ctx, size, rng), doctest::Contains(why), Error);
  };
  refused({.side = 12, .filters = {}}, "no stage");
  refused({.side = 12, .filters = {2, 0}}, "a stage of 0 filters");
  refused({.side = 12, .filters = {2, 2, 2, 2}}, "of 12 pixels cannot be halved 3 times");
  refused({.side = 0, .filters = {2}}, "a picture of 0 pixels");
  Tape tape(ctx);
  CHECK_THROWS_WITH_AS(critic(tape.constant(Tensor(ctx, {1, 223, 224, 3}))),
                       doctest::Contains("expected [N, 224, 224, 3]"), Error);
}

TEST_CASE("with spectral norms a critic begins with the same weights, and their scale is nothing") {
  const Context ctx;
  Rng one(8), other(8);
  Critic plain(ctx, small({Normalisation::kNone, false}), one);
  Critic critic(ctx, small({Normalisation::kNone, true}), other);
  const std::vector<Parameter*> a = plain.parameters(), b = critic.parameters();
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i]->value.to_host() == b[i]->value.to_host());
  const Tensor x = test::uniform({2, 12, 12, 3}, one);
  const auto scores = [&] {
    Tape tape(ctx);
    return test::to_double(critic(tape.constant(x)).value());
  };
  const Values before = scores();
  for (Parameter* p : b) {
    if (!p->name.ends_with(".weight")) continue;
    Values w = test::to_double(p->value);
    for (double& v : w) v *= 37;
    p->value = Tensor::of(ctx, p->value.shape(), w);
  }
  CHECK(test::relative_error(scores(), before) <= kBound);
  critic.advance();
  CHECK(test::relative_error(scores(), before) > 0);
}

TEST_CASE("the critic and its penalty's gradients are on every device those of the CPU") {
  for (const Kind& kind : kCritics) {
    CAPTURE(static_cast<int>(kind.normalisation));
    CAPTURE(kind.spectral);
    Values expected;
    test::on_every_backend([&](const Context& ctx) {
      Rng rng(7);
      Critic critic(ctx, small(kind), rng);
      critic.advance();
      Tape tape(ctx);
      const Var x = tape.leaf(test::uniform({2, 12, 12, 3}, rng).to(ctx));
      const Var score = critic(x, Statistics::kBatchAndRemember);
      const Var penalty = gradient_penalty(score, x);
      Vars xs;
      for (const Parameter* p : critic.parameters()) xs.push_back(tape.use(*p));
      Values all = test::to_double(score.value());
      all.push_back(test::to_double(penalty.value())[0]);
      for (const Var& grad : tape.grad(penalty, xs))
        for (const double g : test::to_double(grad.value())) all.push_back(g);
      for (const Parameter* p : critic.running())
        for (const double v : test::to_double(p->value)) all.push_back(v);
      if (expected.empty()) expected = all;
      // Twice differentiated sums of some ten terms, some of which cancel.
      CHECK(test::relative_error(all, expected) <= 1e-4);
    });
  }
}

}  // namespace
}  // namespace fgcn
