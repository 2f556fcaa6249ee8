// The host's turn in the middle of a step: it sees this step's prediction, and the device goes on
// with what followed from it. The lazy device has not predicted before somebody waits.
#include "train/host_turn.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <span>

#include "tests/device/gpus.h"

namespace fgcn::train {
namespace {

constexpr std::int64_t kSize = 5;

/// A step copies `input` to a prediction, which the host answers with twice its value and one more;
/// the answer goes through the device to `output`.
struct Step {
  Step(const Context& on, UseGraph use)
      : ctx(on),
        turn(on, kSize, use),
        input(on, kSize),
        answer(on, kSize),
        output(on, kSize),
        prediction(Tensor::zeros(on, {kSize})),
        answered(Tensor::zeros(on, {kSize})),
        other(Tensor::full(on, {kSize}, real(-7))) {}

  void run(real value) {
    std::fill_n(input.data(), kSize, value);
    turn(
        [&]() -> const Tensor& {
          ctx.runtime().upload_later(prediction.data(), input.data(), input.bytes());
          if (predicts_other)
            ctx.runtime().copy(prediction.data(), other.data(), prediction.bytes());
          return prediction;
        },
        [&](std::span<const real> values) {
          REQUIRE(values.size() == static_cast<std::size_t>(kSize));
          seen = values[kSize - 1];
          for (std::int64_t i = 0; i < kSize; ++i)
            answer.data()[i] = 2 * values[static_cast<std::size_t>(i)] + 1;
        },
        [&] {
          ctx.runtime().upload_later(answered.data(), answer.data(), answer.bytes());
          if (gives_other) ctx.runtime().copy(answered.data(), other.data(), answered.bytes());
          ctx.runtime().download_later(output.data(), answered.data(), output.bytes());
        });
    ctx.synchronize();
  }

  const Context& ctx;
  HostTurn turn;
  Pinned<real> input, answer, output;
  Tensor prediction, answered, other;
  bool predicts_other = false, gives_other = false;  // other work than before
  real seen = 0;
};

TEST_CASE(
    "host turn: the host sees this step's prediction, and the device goes on with its answer") {
  test::on_every_gpu([](const Context& ctx) {
    for (const UseGraph use : {UseGraph::kNo, UseGraph::kYes}) {
      CAPTURE(use == UseGraph::kYes);
      Step step(ctx, use);
      for (int i = 1; i <= 4; ++i) {
        const auto value = static_cast<real>(i);
        step.run(value);
        CHECK(step.seen == value);
        CHECK(step.output.data()[kSize - 1] == 2 * value + 1);
      }
    }
  });
}

TEST_CASE("host turn: on the CPU, too, it comes between the two pieces of work") {
  const Context ctx(Device::kCpu, 1);
  Step step(ctx, UseGraph::kYes);  // which the CPU has not
  for (int i = 1; i <= 2; ++i) {
    const auto value = static_cast<real>(i);
    step.turn.forget();
    step.run(value);
    CHECK(step.seen == value);
    CHECK(step.output.data()[0] == 2 * value + 1);
  }
}

TEST_CASE("host turn: forgotten work is recorded anew, before the turn and after it") {
  test::on_every_gpu([](const Context& ctx) {
    Step step(ctx, UseGraph::kYes);
    for (int i = 0; i < 3; ++i) step.run(1);
    step.turn.forget();
    step.predicts_other = true;
    for (int i = 0; i < 3; ++i) {
      step.run(1);
      CHECK(step.seen == -7);
      CHECK(step.output.data()[0] == -13);
    }
    step.turn.forget();
    step.gives_other = true;
    for (int i = 0; i < 3; ++i) {
      step.run(1);
      CHECK(step.output.data()[0] == -7);
    }
  });
}

TEST_CASE("host turn: without a turn all work is one piece, and nobody waits") {
  if (!test::can_count({})) return;
  const Context ctx = test::counted_device(test::kLazy);
  HostTurn turn(ctx, 0, UseGraph::kYes);
  const Tensor from = Tensor::full(ctx, {kSize}, real(3));
  Tensor between = Tensor::zeros(ctx, {kSize}), to = Tensor::zeros(ctx, {kSize});
  const auto run = [&] {
    turn(
        [&]() -> const Tensor& {
          ctx.runtime().copy(between.data(), from.data(), from.bytes());
          return between;
        },
        [](std::span<const real>) { FAIL("the host has no turn"); },
        [&] { ctx.runtime().copy(to.data(), between.data(), to.bytes()); });
  };
  run();
  run();  // is recorded
  ctx.synchronize();
  ctx.runtime().reset_counts();
  run();
  CHECK(ctx.runtime().counts().graphs == 1);
  CHECK(ctx.runtime().counts().synchronisations == 0);
  CHECK(to.to_host()[0] == 3);
}

}  // namespace
}  // namespace fgcn::train
