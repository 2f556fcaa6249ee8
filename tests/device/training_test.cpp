// Training and refinement on a GPU: what the CPU gives, without waiting, with and without a graph.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "mesh/hierarchy.h"
#include "tests/device/gpus.h"
#include "tests/device/small_face.h"
#include "tests/support/op_check.h"
#include "train/training_step.h"

namespace fgcn::train {
namespace {

constexpr std::int64_t kBatch = 2;

const mesh::FaceModel& face() {
  static const mesh::FaceModel model = test::small_face();
  return model;
}

recon::RefinementModel small_model(const Context& ctx) {
  static const mesh::Hierarchy hierarchy =
      mesh::build_hierarchy(mesh::mean_mesh(face()), {.factor = 3});
  Rng rng(3);
  return recon::RefinementModel(ctx, face(), hierarchy, {.embedding = 24, .detail_width = 8}, rng);
}

/// Some light and level that follow the prediction: what a fit would give is tested elsewhere.
TrainingStep::Followed follow(std::span<const SyntheticFace* const> faces,
                              const std::vector<std::vector<float>>& albedo) {
  TrainingStep::Followed out;
  for (std::size_t n = 0; n < faces.size(); ++n) {
    out.light.push_back(faces[n]->observation.vertex_irradiance);
    out.with_gain.push_back(faces[n]->albedo);
    for (std::size_t i = 0; i < albedo[n].size(); ++i) {
      out.light[n][i] *= 0.8F + 0.3F * albedo[n][i];
      out.with_gain[n][i] *= 0.9F + 0.2F * albedo[n][i];
    }
  }
  return out;
}

/// A training under way.
struct Training {
  Training(const Context& ctx, UseGraph graph, const AdamOptions& options = {})
      : model(small_model(ctx)),
        adam(model.parameters(), options),
        step(ctx, model, adam, {}, kBatch, graph) {
    for (std::uint64_t i = 0; i < 3; ++i) samples.push_back(test::random_sample(face(), 10 + i));
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      const auto first = static_cast<std::size_t>(adam.steps());
      const SyntheticFace* batch[] = {&samples[first % 3], &samples[(first + 1) % 3]};
      step(batch, 1e-3 * (1 + 0.1 * static_cast<double>(first)), follow);
    }
  }
  std::vector<std::vector<real>> weights() {
    std::vector<std::vector<real>> out;
    for (const Parameter* p : model.parameters()) out.push_back(p->value.to_host());
    return out;
  }

  recon::RefinementModel model;
  Adam adam;
  TrainingStep step;
  std::vector<SyntheticFace> samples;
};

TEST_CASE("a photograph is refined on a GPU as on the CPU") {
  const SyntheticFace sample = test::random_sample(face(), 1);
  const std::vector<float> expected = small_model(Context()).refine(sample.observation);
  test::on_every_gpu(
      [&](const Context& ctx) {
        const std::vector<float> actual = small_model(ctx).refine(sample.observation);
        // Sums of some hundred terms, five layers deep, in another order.
        CHECK(test::relative_error({actual.begin(), actual.end()},
                                   {expected.begin(), expected.end()}) <= 1e-5);
      },
      {.needs = {"cublas"}});
}

TEST_CASE("training on a GPU has the CPU's losses and weights") {
  constexpr int kSteps = 3;
  Training cpu(Context(), UseGraph::kNo);
  cpu.run(kSteps);
  const std::vector<std::vector<NamedLoss>> expected = cpu.step.losses();
  const std::vector<std::vector<real>> weights = cpu.weights();
  REQUIRE(expected.size() == kSteps);
  test::on_every_gpu(
      [&](const Context& ctx) {
        Training gpu(ctx, UseGraph::kYes);
        gpu.run(kSteps);
        const std::vector<std::vector<NamedLoss>> losses = gpu.step.losses();
        REQUIRE(losses.size() == kSteps);
        for (std::size_t i = 0; i < losses.size(); ++i) {
          CAPTURE(i);
          REQUIRE(losses[i].size() == 3);
          for (std::size_t k = 0; k < 3; ++k) {
            CHECK(losses[i][k].name == expected[i][k].name);
            const double value = expected[i][k].value;
            CHECK(value > 0);
            CHECK(std::abs(losses[i][k].value - value) <= 1e-5 * value);
          }
        }
        const std::vector<std::vector<real>> there = gpu.weights();
        for (std::size_t p = 0; p < weights.size(); ++p) {
          CAPTURE(gpu.model.parameters()[p]->name);
          // Adam divides a gradient by its own size: where that nearly vanishes, its rounding is
          // the step's sign. A step is 1e-3 long; a hundredth of three is allowed.
          double worst = 0;
          for (std::size_t i = 0; i < weights[p].size(); ++i)
            if (const double off = std::abs(double{there[p][i]} - double{weights[p][i]});
                !(off <= worst))
              worst = off;
          CHECK(worst <= 3e-5);
        }
      },
      {.needs = {"cublas"}});
}

TEST_CASE("a recorded step done again has the bits of plain steps") {
  constexpr int kSteps = 3;
  std::vector<std::vector<NamedLoss>> expected;
  std::vector<std::vector<real>> weights;
  test::on_every_gpu(
      [&](const Context& ctx) {
        // The plain steps of the emulated device are the same in all of its orders.
        if (ctx.device() == Device::kCuda || expected.empty()) {
          Training plain(Context(ctx.device(), 2), UseGraph::kNo);
          plain.run(kSteps);
          expected = plain.step.losses();
          weights = plain.weights();
        }
        Training graph(ctx, UseGraph::kYes);
        graph.run(2);
        // Other work on the device between steps does not disturb the recorded one.
        (void)graph.model.refine(graph.samples[2].observation);
        graph.adam.swap_with_average();
        (void)graph.weights();
        graph.adam.swap_with_average();
        graph.run(kSteps - 2);
        REQUIRE(expected.size() == kSteps);
        CHECK(graph.step.losses() == expected);
        CHECK(graph.weights() == weights);
      },
      {.needs = {"cublas"}, .random_orders = 1});
}

TEST_CASE("a steady step waits for the network's answer only, and allocates nothing with a graph") {
  if (!test::can_count({"cublas"})) return;
  for (const UseGraph use : {UseGraph::kNo, UseGraph::kYes}) {
    const Context ctx = test::counted_device();
    Training training(ctx, use);
    training.run(2);
    ctx.runtime().reset_counts();
    ctx.runtime().reset_peak();
    const std::uint64_t held = ctx.runtime().bytes_in_use();
    training.run(1);
    const WorkCounts counts = ctx.runtime().counts();
    CHECK(counts.synchronisations == 1);
    CHECK(ctx.runtime().bytes_in_use() == held);
    MESSAGE("a step: " << counts.launches << " launches, " << counts.vendor_calls
                       << " calls of libraries, " << counts.fills << " fills, " << counts.copies
                       << " copies, " << counts.uploads << " uploads, " << counts.downloads
                       << " downloads, " << counts.graphs << " graphs");
    if (use == UseGraph::kYes) {
      CHECK(ctx.runtime().bytes_peak() == held);
      CHECK(counts.graphs == 2);
      CHECK(counts.launches + counts.vendor_calls == 0);
      CHECK(counts.commands() <= 8);
    } else {
      // A Chebyshev layer takes three launches, and a scale of its weights; one by terms would
      // show.
      CHECK(counts.commands() <= 285);
    }
  }
}

TEST_CASE("a gradient that is not finite stops the run when losses are asked for, and is named") {
  if (!test::can_count({"cublas"})) return;
  for (const UseGraph use : {UseGraph::kNo, UseGraph::kYes}) {
    const Context ctx = test::counted_device();
    Training training(ctx, use);
    training.run(use == UseGraph::kYes ? 2 : 1);
    const std::vector<std::vector<real>> before = training.weights();
    (void)training.step.losses();
    for (SyntheticFace& sample : training.samples)
      sample.unoccluded[5] = std::numeric_limits<float>::quiet_NaN();
    training.run(1);
    CHECK(training.weights() == before);
    CHECK_THROWS_WITH_AS(training.step.losses(), doctest::Contains("the loss 'total' is nan"),
                         Error);
    CHECK_THROWS_WITH_AS(training.adam.check(), doctest::Contains("' is not finite"), Error);
    CHECK_NOTHROW(training.adam.check());
  }
}

TEST_CASE("a step checks its batch, and that somebody reads the losses") {
  Training training(Context(), UseGraph::kNo);
  const SyntheticFace* one[] = {&training.samples[0]};
  CHECK_THROWS_WITH_AS(training.step(one, 1e-3, follow), doctest::Contains("1 faces, expected 2"),
                       Error);
}

}  // namespace
}  // namespace fgcn::train
