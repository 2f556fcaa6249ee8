// Training on photographs on a GPU: what the CPU gives, with and without graphs, and how much of it
// waits.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mesh/hierarchy.h"
#include "tests/device/gpus.h"
#include "tests/device/small_face.h"
#include "tests/train/photos/photo_subject.h"
#include "train/photos/photo_step.h"

namespace fgcn::train {
namespace {

using Weights = std::vector<std::vector<real>>;

const mesh::FaceModel& face() {
  static const mesh::FaceModel model = test::small_face();
  return model;
}

const std::vector<std::shared_ptr<const recon::PhotoSample>>& photos() {
  static const auto all = [] {
    std::vector<std::shared_ptr<const recon::PhotoSample>> out;
    for (std::uint64_t i = 1; i <= 3; ++i)
      out.push_back(
          std::make_shared<const recon::PhotoSample>(test::photo_subject(face(), i).sample));
    return out;
  }();
  return all;
}

IdentityWeights small_identity() {
  IdentitySizes sizes;
  sizes.side = 23;
  sizes.stem_channels = 4;
  sizes.stages = {{4, 1, false}};
  sizes.embedding = 24;
  Rng rng(4);
  return random_identity_weights(sizes, rng);
}

recon::RefinementModel small_model(const Context& ctx, const recon::RefinementConfig& config) {
  static const mesh::Hierarchy hierarchy =
      mesh::build_hierarchy(mesh::mean_mesh(face()), {.factor = 3});
  Rng rng(3);
  return recon::RefinementModel(ctx, face(), hierarchy, config, rng);
}

/// Networks and data, small enough for the emulator.
struct Case {
  const char* name;
  recon::RefinementConfig model;
  PhotoLossOptions losses;
  std::vector<double> epochs;  // of the steps
};

void shrink(Case& one) {
  one.model.embedding = 24;
  if (one.model.detail_width > 0) one.model.detail_width = 8;
  one.losses.adversary.critic.filters = {2, 2, 2, 2, 2, 2};
}

/// Ours: two terms, the light refitted.
Case ours() {
  Case out{"default", {}, PhotoLossOptions::photo(), {0, 0, 0}};
  shrink(out);
  return out;
}
/// The public code's, with its identity network: epoch 0 has one term, later ones all.
Case reference() {
  Case out{"reference",
           recon::RefinementConfig::reference(),
           PhotoLossOptions::reference(),
           {0, 1, 2, 2}};
  shrink(out);
  return out;
}
/// The paper's, which takes identities, with its adversary and a penalty on its gradient.
Case adversarial() {
  Case out{"paper", recon::RefinementConfig::paper(), PhotoLossOptions::paper(), {1, 1, 2}};
  out.model.embedding_form = recon::EmbeddingForm::kIdentity;
  shrink(out);
  out.losses.adversary.critic_steps = 2;
  out.losses.adversary.critic.normalisation = Normalisation::kLayer;
  return out;
}

/// A critic with spectral norms, R1 in place of WGAN-GP's penalty, and no normalization.
Case spectral() {
  Case out = adversarial();
  out.name = "paper, spectral norms";
  out.losses.adversary.loss = AdversaryLoss::kLogistic;
  out.losses.adversary.penalty = CriticPenalty::kReal;
  out.losses.adversary.critic.normalisation = Normalisation::kNone;
  out.losses.adversary.critic.spectral = true;
  return out;
}

/// A training under way, one photo per step.
struct Training {
  Training(const Context& context, const Case& what, UseGraph graph)
      : ctx(context),
        model(small_model(ctx, what.model)),
        adam(model.parameters(), {}),
        network(ctx, small_identity()),
        step(ctx, model, adam, face(), what.losses, &network, 1, Rng(7), graph) {}

  void run(double epoch, std::size_t different = 3) {
    const recon::PhotoSample* batch[] = {
        photos()[static_cast<std::size_t>(adam.steps()) % different].get()};
    step(batch, epoch, 1e-4 * (1 + 0.1 * static_cast<double>(adam.steps())),
         [&] { return std::vector{photos()[rendered++ % different]}; });
  }
  Weights weights() {
    Weights out;
    for (const Parameter* p : model.parameters()) out.push_back(p->value.to_host());
    return out;
  }

  Context ctx;
  recon::RefinementModel model;
  Adam adam;
  IdentityNetwork network;
  PhotoStep step;
  std::size_t rendered = 0;
};

struct Outcome {
  std::map<std::string, double> losses;
  Weights weights;
};

/// One step with every term on one photo.
Outcome one_step(const Context& ctx, bool spectral) {
  Case what = adversarial();
  what.losses = PhotoLossOptions::reference();
  what.losses.pixel = 0.5;
  what.losses.light = TrainingLight::kRefit;
  what.losses.adversary.weight = 1e-2;
  what.losses.adversary.critic_steps = 1;
  what.losses.adversary.critic.normalisation = Normalisation::kLayer;
  what.losses.adversary.critic.spectral = spectral;
  shrink(what);
  Training training(ctx, what, UseGraph::kNo);
  training.run(1);
  return {test::by_name(training.step.losses().at(0)), training.weights()};
}

void check_step_on_every_gpu(bool spectral) {
  const Outcome expected = one_step(Context(), spectral);
  REQUIRE(expected.losses.size() == 13);
  test::on_every_gpu(
      [&](const Context& ctx) {
        const Outcome actual = one_step(ctx, spectral);
        for (const auto& [name, value] : expected.losses) {
          CAPTURE(name);
          // Sums of some thousand terms in another order, some of which cancel.
          CHECK(std::abs(actual.losses.at(name) - value) <= 2e-4 * std::max(1e-2, std::abs(value)));
        }
        // A first step of Adam is its rate long, 1e-4, whatever the gradient's size: where that
        // nearly vanishes rounding is the sign, of few weights.
        std::size_t weights = 0, other = 0;
        for (std::size_t p = 0; p < expected.weights.size(); ++p)
          for (std::size_t i = 0; i < expected.weights[p].size(); ++i) {
            const double off =
                std::abs(double{actual.weights[p][i]} - double{expected.weights[p][i]});
            ++weights;
            other += !(off <= 2e-6) ? 1 : 0;
            if (!(off <= 2.01e-4)) REQUIRE(off <= 2.01e-4);
          }
        CAPTURE(weights);
        CHECK(200 * other <= weights);
      },
      {.needs = {"cublas"}});
}

TEST_CASE("a step on photos has on a GPU the CPU's losses and weights") {
  for (const bool spectral : {false, true}) {
    CAPTURE(spectral);
    check_step_on_every_gpu(spectral);
  }
}

/// State after some steps.
struct Trained {
  std::vector<std::map<std::string, double>> losses;
  Weights weights;
  std::map<std::string, std::vector<float>> critic;
  std::map<std::string, std::string> random;
  std::map<std::string, double> measured;

  bool operator==(const Trained&) const = default;
};

Trained trained(const Context& ctx, const Case& what, UseGraph graph) {
  Training training(ctx, what, graph);
  for (const double epoch : what.epochs) training.run(epoch);
  Trained out;
  for (const auto& losses : training.step.losses()) out.losses.push_back(test::by_name(losses));
  out.weights = training.weights();
  io::Safetensors file;
  training.step.save(file);
  out.random = file.metadata;
  for (const auto& [name, tensor] : file.tensors) out.critic[name] = tensor.floats();
  const recon::PhotoSample* batch[] = {photos()[2].get()};
  out.measured = test::by_name(training.step.measure(batch, 2));
  return out;
}

/// The steps of a case with graphs have the bits of those without, on every GPU.
void check_recorded(const Case& what) {
  Trained plain;
  test::on_every_gpu(
      [&](const Context& ctx) {
        // The plain steps of the emulated device are the same in all of its orders.
        if (ctx.device() == Device::kCuda || plain.losses.empty())
          plain = trained(Context(ctx.device(), 2), what, UseGraph::kNo);
        const Trained graph = trained(ctx, what, UseGraph::kYes);
        REQUIRE(graph.losses.size() == what.epochs.size());
        CHECK(graph.losses == plain.losses);
        CHECK(graph.weights == plain.weights);
        CHECK(graph.critic == plain.critic);
        CHECK(graph.random == plain.random);
        CHECK(graph.measured == plain.measured);
        CHECK(plain.critic.contains("critic.score.norm.right") ==
              what.losses.adversary.critic.spectral);
      },
      {.needs = {"cublas"}});
}

// A case each: together they take longer than the rest of the tests beside them.
TEST_CASE("recorded steps on photos have the bits of plain steps, with spectral norms") {
  check_recorded(spectral());
}
TEST_CASE("recorded steps on photos have the bits of plain steps, the light refitted") {
  if (!test::gpu_is_simulated()) check_recorded(ours());
}
TEST_CASE("recorded steps on photos have the bits of plain steps, also when other terms count") {
  if (!test::gpu_is_simulated()) check_recorded(reference());
}
TEST_CASE("recorded steps on photos have the bits of plain steps, with an adversary") {
  if (!test::gpu_is_simulated()) check_recorded(adversarial());
}

/// A step, once its photos and their identities were seen and its work is recorded. `order` kLazy:
/// on a device that has not begun with the step before.
WorkCounts steady_step(const Case& what, UseGraph graph, double epoch, int order = 0) {
  const Context ctx = test::counted_device(order);
  Training training(ctx, what, graph);
  training.run(epoch, 1);
  if (graph == UseGraph::kYes) training.run(epoch, 1);
  ctx.synchronize();
  if (order == test::kLazy) training.run(epoch, 1);
  ctx.runtime().reset_counts();
  ctx.runtime().reset_peak();
  const std::uint64_t held = ctx.runtime().bytes_in_use();
  training.run(epoch, 1);
  const WorkCounts out = ctx.runtime().counts();
  CHECK(ctx.runtime().bytes_in_use() == held);
  if (graph == UseGraph::kYes) CHECK(ctx.runtime().bytes_peak() == held);
  MESSAGE(
      std::string(what.name) << std::string(graph == UseGraph::kYes ? ", graphs: " : ", plain: ")
                             << out.launches << " launches, " << out.vendor_calls
                             << " calls of libraries, " << out.graphs << " graphs, " << out.fills
                             << " fills, " << out.copies << " copies, " << out.uploads
                             << " uploads, " << out.downloads << " downloads, "
                             << out.synchronisations << " waits");
  return out;
}

TEST_CASE("a steady step on photos waits for a refitted light only, and is a graph or two") {
  if (!test::can_count({"cublas"})) return;
  struct Expected {
    Case what;
    double epoch;
    std::int64_t plain;  // commands at most: as they are, and a few
    std::int64_t graphs, copies, uploads, waits;
  };
  // Uploads: the batch, Adam's factors, a refitted light; of the critic's steps the shares too.
  // Copies: the row of losses, the critic's, the known identity of a photo (the critic's photos
  // have none but for a network that takes it).
  for (const Expected& e : {Expected{ours(), 0, 390, 2, 1, 3, 1},
                            {reference(), 6, 450, 1, 2, 2, 0},
                            {adversarial(), 2, 3300, 3, 5, 8, 0},
                            {spectral(), 2, 1700, 3, 5, 6, 0}}) {
    // Pinned memory that a step took, critic and all, is not waited for in the next one.
    CHECK(steady_step(e.what, UseGraph::kYes, e.epoch, test::kLazy).synchronisations == e.waits);
    if (test::gpu_is_simulated()) continue;
    const WorkCounts plain = steady_step(e.what, UseGraph::kNo, e.epoch);
    const WorkCounts graph = steady_step(e.what, UseGraph::kYes, e.epoch);
    CHECK(plain.synchronisations == e.waits);
    CHECK(plain.graphs == 0);
    CHECK(plain.commands() <= e.plain);
    CHECK(graph.launches + graph.vendor_calls + graph.fills == 0);
    CHECK(graph.graphs == e.graphs);
    CHECK(graph.copies == e.copies);
    CHECK(graph.uploads == e.uploads);
    CHECK(graph.downloads == 0);
    CHECK(graph.synchronisations == e.waits);
  }
}

TEST_CASE("a photo that was not seen before does not make the host wait for its identity") {
  if (!test::can_count({"cublas"})) return;
  const Context ctx = test::counted_device();
  Training training(ctx, reference(), UseGraph::kYes);
  training.run(6);
  training.run(6);
  ctx.runtime().reset_counts();
  training.run(6);  // the third photo
  CHECK(ctx.runtime().counts().synchronisations == 0);
}

TEST_CASE("a photo's gradient that is not finite changes nothing, and is named when asked") {
  if (!test::can_count({"cublas"})) return;
  const Context ctx = test::counted_device();
  Training training(ctx, ours(), UseGraph::kYes);
  for (int i = 0; i < 2; ++i) training.run(0);
  (void)training.step.losses();
  const Weights before = training.weights();
  recon::PhotoSample bad = *photos()[0];
  for (float& n : bad.fit.albedo_colors) n = std::numeric_limits<float>::quiet_NaN();
  const recon::PhotoSample* batch[] = {&bad};
  training.step(batch, 0, 1e-4);
  training.run(0);
  CHECK(training.weights() == before);
  CHECK_THROWS_WITH_AS(training.step.losses(), doctest::Contains("is nan"), Error);
  CHECK_THROWS_WITH_AS(training.adam.check(), doctest::Contains("' is not finite"), Error);
}

}  // namespace
}  // namespace fgcn::train
