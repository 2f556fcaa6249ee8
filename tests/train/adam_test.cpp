#include "train/adam.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "kernels/core/rng.h"
#include "train/losses.h"

using namespace fgcn;
using namespace fgcn::train;

namespace {

/// Adam on one number, in double.
struct ScalarAdam {
  double w, m = 0, v = 0;
  int t = 0;
  void step(double g, double learning_rate) {
    ++t;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    w -= learning_rate * (m / (1 - std::pow(0.9, t))) /
         (std::sqrt(v / (1 - std::pow(0.999, t))) + 1e-8);
  }
};

Gradient stored(Tensor value) { return {std::move(value), {}, {}}; }

}  // namespace

TEST_CASE("Adam follows its formula, with the gradient clipped to a norm of its own") {
  const Context ctx(Device::kCpu, 2);
  Parameter small("small", Tensor::of(ctx, {2}, std::vector<double>{1, -2}));
  Parameter large("large", Tensor::of(ctx, {2}, std::vector<double>{0.5, 3}));
  Adam adam({&small, &large}, {});
  ScalarAdam expected[4] = {{1}, {-2}, {0.5}, {3}};
  for (int i = 1; i <= 5; ++i) {
    const double a = 0.3 * i;
    // The second gradient has norm 50 and is clipped to 5.
    const std::vector<Gradient> grads{stored(Tensor::of(ctx, {2}, std::vector<double>{a, -0.1})),
                                      stored(Tensor::of(ctx, {2}, std::vector<double>{30, 40}))};
    adam.step(grads, 0.01);
    expected[0].step(a, 0.01);
    expected[1].step(-0.1, 0.01);
    expected[2].step(3, 0.01);
    expected[3].step(4, 0.01);
  }
  const std::vector<real> s = small.value.to_host();
  const std::vector<real> l = large.value.to_host();
  CHECK(s[0] == doctest::Approx(expected[0].w).epsilon(1e-5));
  CHECK(s[1] == doctest::Approx(expected[1].w).epsilon(1e-5));
  CHECK(l[0] == doctest::Approx(expected[2].w).epsilon(1e-5));
  CHECK(l[1] == doctest::Approx(expected[3].w).epsilon(1e-5));
}

TEST_CASE("norms of gradients are those before clipping, norms of updates what the weights moved") {
  const Context ctx(Device::kCpu, 1);
  Parameter small("small", Tensor::of(ctx, {2}, std::vector<double>{1, -2}));
  Parameter large("large", Tensor::of(ctx, {2}, std::vector<double>{0.5, 3}));
  Adam adam({&small, &large}, {});
  CHECK_THROWS_WITH_AS(adam.update_norms(0.01), doctest::Contains("no step was taken"), Error);
  for (int i = 1; i <= 3; ++i) {
    const std::vector<real> before[] = {small.value.to_host(), large.value.to_host()};
    adam.step({stored(Tensor::of(ctx, {2}, std::vector<double>{0.3 * i, -0.4 * i})),
               stored(Tensor::of(ctx, {2}, std::vector<double>{30, 40}))},
              0.01);
    CHECK(adam.gradient_norms()[0] == doctest::Approx(0.5 * i));
    CHECK(adam.gradient_norms()[1] == doctest::Approx(50));
    const std::vector<double> updates = adam.update_norms(0.01);
    for (std::size_t k = 0; k < 2; ++k) {
      const std::vector<real> after = (k == 0 ? small : large).value.to_host();
      CHECK(updates[k] ==
            doctest::Approx(std::hypot(after[0] - before[k][0], after[1] - before[k][1]))
                .epsilon(1e-3));
    }
  }
}

TEST_CASE("Adam names the tensor whose gradient is not finite and changes nothing") {
  const Context ctx(Device::kCpu, 1);
  Parameter good("good", Tensor::of(ctx, {1}, std::vector<double>{1}));
  Parameter bad("bad", Tensor::of(ctx, {1}, std::vector<double>{2}));
  Adam adam({&good, &bad}, {});
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<Gradient> grads{stored(Tensor::of(ctx, {1}, std::vector<double>{1})),
                                    stored(Tensor::of(ctx, {1}, std::vector<double>{nan}))};
  CHECK_THROWS_WITH_AS(adam.step(grads, 0.1), doctest::Contains("'bad' is not finite"), Error);
  CHECK(good.value.item() == real(1));
  CHECK(adam.steps() == 0);
}

TEST_CASE("Adam goes on from what it saved, to the bit") {
  const Context ctx(Device::kCpu, 1);
  const auto gradient = [&ctx](double g) {
    return std::vector<Gradient>{stored(Tensor::of(ctx, {1}, std::vector<double>{g}))};
  };
  Parameter p("p", Tensor::of(ctx, {1}, std::vector<double>{1}));
  Adam adam({&p}, {});
  adam.step(gradient(0.7), 0.1);
  io::Safetensors file;
  adam.save(file);
  Parameter q("p", p.value.to(ctx));
  Adam other({&q}, {});
  other.load(file, "test");
  CHECK(other.steps() == 1);
  adam.step(gradient(-0.2), 0.1);
  other.step(gradient(-0.2), 0.1);
  CHECK(p.value.item() == q.value.item());
  adam.swap_with_average();
  other.swap_with_average();
  CHECK(p.value.item() == q.value.item());

  io::Safetensors broken = file;
  broken.metadata["adam.steps"] = "99999999999999999999";
  CHECK_THROWS_AS(other.load(broken, "test"), InputError);
  broken = file;
  broken.tensors.erase("adam.mean.p");
  CHECK_THROWS_AS(other.load(broken, "test"), InputError);
  const auto refused = [&](const char* name, float value) {
    broken = file;
    broken.tensors[name] = io::StoredTensor::of({1}, std::vector<float>{value});
    CAPTURE(name);
    CHECK_THROWS_WITH_AS(other.load(broken, "test"), doctest::Contains(name), InputError);
  };
  refused("adam.second.p", -1e-9F);
  for (const char* name : {"adam.first.p", "adam.second.p", "adam.mean.p"}) {
    refused(name, std::numeric_limits<float>::quiet_NaN());
    refused(name, std::numeric_limits<float>::infinity());
  }
}

TEST_CASE("the learning rate rises, then falls to its floor") {
  const LearningRateSchedule schedule{1e-3, 10, 110, 0.1};
  CHECK(schedule.at(0) == doctest::Approx(1e-4));
  CHECK(schedule.at(9) == doctest::Approx(1e-3));
  CHECK(schedule.at(10) == doctest::Approx(1e-3));
  CHECK(schedule.at(60) == doctest::Approx(1e-3 * (0.1 + 0.9 * 0.5)));
  CHECK(schedule.at(110) == doctest::Approx(1e-4));
  CHECK(schedule.at(1000) == doctest::Approx(1e-4));
}

TEST_CASE("the losses agree with a loop over vertices") {
  const Context ctx(Device::kCpu, 2);
  Rng rng(5);
  constexpr std::int64_t kV = 7, kN = 2;
  const auto random = [&](std::int64_t channels, double low, double high) {
    std::vector<double> values(kV * kN * channels);
    for (double& v : values) v = rng.uniform(low, high);
    return values;
  };
  const auto refined = random(3, -1, 1), truth = random(3, -1, 1), with_gain = random(3, -1, 1),
             light = random(3, 0.2, 1.2), photo = random(3, 0, 1);
  auto weight = random(1, 0, 1), unoccluded = random(1, 0, 1);
  for (double& c : unoccluded) c = c > 0.5 ? 1 : 0;
  const auto tensor = [&](const std::vector<double>& values, std::int64_t channels) {
    return Tensor::of(ctx, {kV, kN, channels}, values);
  };
  const LossOptions options;
  const std::array<double, 2> shares =
      loss_shares(std::accumulate(weight.begin(), weight.end(), 0.0),
                  std::accumulate(unoccluded.begin(), unoccluded.end(), 0.0), options);
  Tape tape(ctx);
  const Losses losses =
      refinement_losses(tape.leaf(tensor(refined, 3)),
                        {tensor(truth, 3), tensor(with_gain, 3), tensor(weight, 1),
                         tensor(light, 3), tensor(photo, 3), tensor(unoccluded, 1),
                         Tensor::of(ctx, {2}, std::vector<double>(shares.begin(), shares.end()))},
                        options);
  double away = 0, off = 0, weighed = 0, unoccluded_sum = 0;
  for (std::size_t i = 0; i < kV * kN; ++i) {
    weighed += 3 * weight[i];
    unoccluded_sum += 3 * unoccluded[i];
    for (std::size_t c = 3 * i; c < 3 * i + 3; ++c) {
      away += 0.5 * weight[i] *
              ((1 - options.pattern) * std::abs(refined[c] - truth[c]) +
               options.pattern * std::abs(refined[c] - with_gain[c]));
      const double d = (0.5 * refined[c] + 0.5) * light[c] - photo[c];
      off += unoccluded[i] * d * d / (2 * options.tolerance);
    }
  }
  CHECK(losses.albedo.value().item() == doctest::Approx(away / weighed).epsilon(1e-5));
  CHECK(losses.photo.value().item() == doctest::Approx(off / unoccluded_sum).epsilon(1e-5));
  CHECK(losses.total.value().item() ==
        doctest::Approx(options.albedo * away / weighed + options.photo * off / unoccluded_sum)
            .epsilon(1e-5));
}
