// Training on photographs: what a step learns, and that it does so again bit by bit.
#include "train/photos/photo_step.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "mesh/hierarchy.h"
#include "recon/refine/crop_identity.h"
#include "tests/device/small_face.h"
#include "tests/train/photos/photo_subject.h"
#include "train/photos/photo_batch.h"

namespace fgcn::train {
namespace {

constexpr std::int64_t kBatch = 2;

const mesh::FaceModel& face() {
  static const mesh::FaceModel model = test::small_face();
  return model;
}

recon::RefinementModel small_model(const Context& ctx, recon::RefinementConfig config = {}) {
  static const mesh::Hierarchy hierarchy =
      mesh::build_hierarchy(mesh::mean_mesh(face()), {.factor = 3});
  if (config.embedding_form == recon::EmbeddingForm::kPatches) config.embedding = 24;
  Rng rng(3);
  return recon::RefinementModel(ctx, face(), hierarchy, config, rng);
}

const std::vector<test::PhotoSubject>& subjects() {
  static const std::vector<test::PhotoSubject> all = [] {
    std::vector<test::PhotoSubject> out;
    for (std::uint64_t i = 0; i < 3; ++i) out.push_back(test::photo_subject(face(), i));
    return out;
  }();
  return all;
}

const IdentityWeights& identity_weights() {
  static const IdentityWeights weights = [] {
    IdentitySizes sizes;
    sizes.side = 43;
    sizes.stem_channels = 8;
    sizes.stages = {{8, 1, false}, {12, 1, true}};
    Rng rng(1);
    return random_identity_weights(sizes, rng);
  }();
  return weights;
}

PhotoLossOptions no_terms() {
  PhotoLossOptions out;
  out.texture = out.project = 0;
  return out;
}

/// Every term there is, with a critic small enough for a test.
PhotoLossOptions all_terms() {
  PhotoLossOptions out = PhotoLossOptions::reference();
  out.pixel = 0.5;
  out.adversary.weight = 1e-2;
  out.adversary.critic_scale = 1;
  out.adversary.critic_steps = 2;
  out.adversary.critic.filters = {2, 2, 2, 2, 2, 2};
  return out;
}

/// A training under way.
struct Training {
  Training(const Context& ctx, const PhotoLossOptions& options,
           const recon::RefinementConfig& config = {})
      : model(small_model(ctx, config)),
        adam(model.parameters(), {}),
        network(ctx, identity_weights()),
        step(ctx, model, adam, face(), options, &network, kBatch, Rng(7)) {}

  std::vector<const recon::PhotoSample*> batch(std::size_t first) const {
    return {&subjects()[first % 3].sample, &subjects()[(first + 1) % 3].sample};
  }
  std::map<std::string, double> run(double epoch, double learning_rate = 1e-3) {
    const SamplePhotos draw = [this] {
      std::vector<std::shared_ptr<const recon::PhotoSample>> out;
      for (const recon::PhotoSample* one : batch(rendered++))
        out.push_back(std::make_shared<const recon::PhotoSample>(*one));
      return out;
    };
    step(batch(static_cast<std::size_t>(adam.steps())), epoch, learning_rate, draw);
    return test::by_name(step.losses().back());
  }
  std::map<std::string, double> look(double epoch) {
    return test::by_name(step.measure(batch(0), epoch));
  }
  std::vector<std::vector<real>> weights() {
    std::vector<std::vector<real>> out;
    for (const Parameter* p : model.parameters()) out.push_back(p->value.to_host());
    return out;
  }

  recon::RefinementModel model;
  Adam adam;
  IdentityNetwork network;
  PhotoStep step;
  std::size_t rendered = 0;
};

TEST_CASE(
    "a photo is its face's albedo under its light: pose, order and light are the renderer's") {
  test::PhotoSubject subject = subjects()[0];
  const auto l1 = [&] {
    Training training(Context(), all_terms());
    const recon::PhotoSample* batch[] = {&subject.sample};
    return test::by_name(training.step.measure(batch, 0)).at("coarse_l1");
  };
  const double of_mean = l1();
  subject.sample.fit.albedo_colors = subject.albedo;
  const double of_truth = l1();
  CAPTURE(of_mean);
  CAPTURE(of_truth);
  CHECK(of_mean > 0.05);
  // Four samples per pixel there, one here.
  CHECK(of_truth < 0.01);
}

TEST_CASE("each loss falls by its own descent") {
  struct Case {
    const char* name;
    void (*choose)(PhotoLossOptions&);
  };
  const Case cases[] = {
      {"texture", [](PhotoLossOptions& o) { o.texture = 1; }},
      {"project", [](PhotoLossOptions& o) { o.project = 1; }},
      {"pixel", [](PhotoLossOptions& o) { o.pixel = 1; }},
      {"identity", [](PhotoLossOptions& o) { o.identity = 1; }},
      {"symmetry", [](PhotoLossOptions& o) { o.symmetry = 1; }},
      {"variance", [](PhotoLossOptions& o) { o.variance = 1; }},
      {"l2", [](PhotoLossOptions& o) { o.texture = 1e-9, o.l2 = 1; }},
  };
  for (const recon::RefinementConfig& config :
       {recon::RefinementConfig{}, recon::RefinementConfig::reference(),
        recon::RefinementConfig::paper()}) {
    // Branches that begin at zero have a way to go.
    const double rate = config.weights == WeightForm::kEqualised ? 2e-3 : 2e-4;
    for (const Case& c : cases) {
      CAPTURE(std::string(c.name));
      CAPTURE(config.generator);
      PhotoLossOptions options = no_terms();
      c.choose(options);
      Training training(Context(), options, config);
      const double before = training.look(9).at(c.name);
      for (int i = 0; i < 12; ++i) training.run(9, rate);
      const double after = training.look(9).at(c.name);
      CAPTURE(before);
      CAPTURE(after);
      CHECK(before > 0);
      // Twelve such steps are one part in a hundred of a weight.
      CHECK(after < (options.l2 > 0 ? 0.99 : 0.85) * before);
    }
  }
}

TEST_CASE("vertex losses are those of the refined albedo in the face model's own order") {
  PhotoLossOptions options = no_terms();
  options.texture = options.project = options.symmetry = options.variance = 1;
  recon::RefinementConfig config;
  config.blend_weight = 0;
  Training training(Context(), options, config);
  PhotoBatcher batcher(Context(), training.model, face(), nullptr);
  PhotoRoom room = batcher.room(kBatch, 224);
  const PhotoFacts photos = batcher.send(training.batch(0), room);
  double texture = 0, project = 0, symmetry = 0, variance = 0;
  const auto vertices = static_cast<std::size_t>(face().vertices());
  const double all = 3.0 * kBatch * static_cast<double>(vertices);
  for (const recon::Observation& o : photos.observations) {
    const std::vector<float> fine = training.model.refine(o);
    const auto lit = [&](const std::vector<float>& albedo, std::size_t i) {
      return std::clamp(static_cast<double>(albedo[i] * o.vertex_irradiance[i]), 0.0, 1.0);
    };
    double sum[3] = {}, squares[3] = {}, on_skin = 0, pairs = 0, apart = 0;
    for (std::size_t i = 0; i < 3 * vertices; ++i) {
      const double visible = o.visible[i / 3], unit = fine[i];
      texture += 2 * std::abs(unit - o.coarse_albedo[i]) / all;
      project += 2 * visible * std::abs(lit(fine, i) - o.photo_color[i]) / all +
                 0.6 * (1 - visible) * std::abs(lit(fine, i) - lit(o.coarse_albedo, i)) / all;
      if (face().skin[i / 3] == 0) continue;
      sum[i % 3] += unit, squares[i % 3] += unit * unit, on_skin += 1.0 / 3;
    }
    for (int c = 0; c < 3; ++c)
      variance += 4 * (squares[c] / on_skin - std::pow(sum[c] / on_skin, 2)) / (3.0 * kBatch);
    for (std::size_t v = 0; v < vertices; ++v) {
      const auto other = static_cast<std::size_t>(face().mirror[v]);
      if (other <= v) continue;
      double square = 0;
      for (std::size_t c = 0; c < 3; ++c)
        square += std::pow(2.0 * (fine[3 * v + c] - fine[3 * other + c]), 2);
      apart += std::sqrt(square), pairs += 1;
    }
    symmetry += apart / pairs / kBatch;
  }
  auto losses = training.look(0);
  CHECK(losses["texture"] == doctest::Approx(texture).epsilon(1e-4));
  CHECK(losses["project"] == doctest::Approx(project).epsilon(1e-4));
  CHECK(losses["symmetry"] == doctest::Approx(symmetry).epsilon(1e-4));
  CHECK(losses["variance"] == doctest::Approx(variance).epsilon(1e-3));
}

TEST_CASE("what is descended is the weighted sum that the schedule says") {
  for (const auto& [options, epoch] : {std::pair{all_terms(), 2.0}, std::pair{all_terms(), 0.0},
                                       std::pair{PhotoLossOptions::paper(), 3.0}}) {
    PhotoLossOptions o = options;
    o.adversary.critic.filters = {2, 2, 2, 2, 2, 2};
    o.light = TrainingLight::kRefit;
    Training training(Context(), o);
    auto all = training.look(epoch);
    CHECK(all.contains("adversary") == (epoch > 0));
    const ScheduledWeights s = scheduled_weights(o.schedule, epoch);
    double total = s.texture * o.texture * all["texture"] + s.project * o.project * all["project"] +
                   s.render * (o.pixel * all["pixel"] + o.identity * all["identity"] +
                               o.symmetry * all["symmetry"] + o.variance * all["variance"]) +
                   s.adversary * o.adversary.weight * all["adversary"] + o.l2 * all["l2"];
    CHECK(all["total"] == doctest::Approx(total).epsilon(1e-5));
    CHECK(all.at("refined_l1") > 0);
  }
}

TEST_CASE("a step with all terms has the same bits for any threads, and when resumed") {
  Training one(Context(Device::kCpu, 1), all_terms()), three(Context(Device::kCpu, 3), all_terms());
  std::map<std::string, double> last;
  for (int i = 0; i < 3; ++i) {
    last = one.run(1);
    CHECK(last == three.run(1));
  }
  for (const char* name :
       {"total", "texture", "project", "pixel", "identity", "symmetry", "variance", "l2",
        "adversary", "critic", "penalty", "coarse_l1", "refined_l1"})
    CHECK(last.count(name) == 1);
  CHECK(one.step.critic_steps() == 6);
  CHECK(one.weights() == three.weights());

  Training first(Context(), all_terms());
  for (int i = 0; i < 2; ++i) first.run(1);
  io::Safetensors file = first.model.weights({}, recon::RefinementModel::Precision::kSingle);
  first.adam.save(file);
  first.step.save(file);
  const io::Safetensors read = io::parse_safetensors(io::encode_safetensors(file), "test");
  Training second(Context(), all_terms());
  second.run(1);  // what it knew before must not matter
  for (Parameter* p : second.model.parameters())
    p->value = Tensor::of(Context(), p->value.shape(), read.at(p->name, "test").floats());
  second.adam.load(read, "test");
  second.step.load(read, "test");
  second.rendered = first.rendered;
  CHECK(second.step.critic_steps() == 4);
  CHECK(second.run(1) == last);
  CHECK(second.weights() == one.weights());

  io::Safetensors without = read;
  without.metadata.erase("critic.random.seed");
  CHECK_THROWS_WITH_AS(second.step.load(without, "test"), doctest::Contains("holds no critic"),
                       InputError);
  without = read;
  without.tensors.erase("critic.1.gain");
  CHECK_THROWS_AS(second.step.load(without, "test"), InputError);
  without = read;
  without.tensors["critic.0.weight"] = without.tensors["critic.1.weight"];
  CHECK_THROWS_WITH_AS(second.step.load(without, "test"), doctest::Contains("of another critic"),
                       InputError);
}

TEST_CASE("a critic of every kind learns to tell the made from the real") {
  struct Case {
    AdversaryLoss loss;
    CriticPenalty penalty;
    Normalisation normalisation;
    bool spectral = false;
  };
  for (const Case& c :
       {Case{AdversaryLoss::kWasserstein, CriticPenalty::kBatchBlend, Normalisation::kBatch},
        Case{AdversaryLoss::kWasserstein, CriticPenalty::kSampleBlend, Normalisation::kLayer},
        Case{AdversaryLoss::kLogistic, CriticPenalty::kReal, Normalisation::kNone},
        Case{AdversaryLoss::kWasserstein, CriticPenalty::kBatchBlend, Normalisation::kBatch, true},
        Case{AdversaryLoss::kWasserstein, CriticPenalty::kSampleBlend, Normalisation::kLayer, true},
        Case{AdversaryLoss::kLogistic, CriticPenalty::kReal, Normalisation::kNone, true}}) {
    CAPTURE(static_cast<int>(c.penalty));
    CAPTURE(c.spectral);
    Rng rng(5);
    Adversary adversary(Context(),
                        {.loss = c.loss,
                         .penalty = c.penalty,
                         .penalty_weight = 1,
                         .critic = {.side = 16,
                                    .filters = {4, 4},
                                    .normalisation = c.normalisation,
                                    .spectral = c.spectral}},
                        Rng(9));
    // Stripes of one direction are real: levels alone batch norm takes out of each set.
    const auto pictures = [&](bool down) {
      std::vector<double> values(4 * 16 * 16 * 3);
      for (std::size_t i = 0; i < values.size(); ++i) {
        const std::size_t place = down ? i / 3 % 16 : i / 48 % 16;
        values[i] = (place / 2 % 2 == 0 ? 0.6 : -0.6) + rng.uniform(-0.3, 0.3);
      }
      return Tensor::of(Context(), {4, 16, 16, 3}, values);
    };
    std::vector<double> losses, fooled;
    for (int i = 0; i < 60; ++i) {
      adversary.begin(2e-2, 4);
      adversary.learn(pictures(true), pictures(false));
      losses.push_back(double{adversary.losses().to_host()[0]});
      Tape tape((Context()));
      fooled.push_back(double{adversary.judge(tape.constant(pictures(false))).value().item()});
    }
    CHECK(losses.back() < losses.front() - 0.3);
    CHECK(fooled.back() > fooled.front());
    CHECK(adversary.steps() == 60);
  }
}

TEST_CASE("a photo's identity is computed once, and by its picture, not its name alone") {
  const IdentityNetwork network(Context(), identity_weights());
  const recon::RefinementModel model = small_model(Context());
  PhotoBatcher batcher(Context(), model, face(), &network);
  recon::PhotoSample other = subjects()[0].sample;
  for (float& p : other.crop.pixels) p = 1 - p;
  const recon::PhotoSample* batch[] = {&subjects()[0].sample, &other};
  PhotoRoom room = batcher.room(2, 224);
  const auto identities = [&](std::span<const recon::PhotoSample* const> photos) {
    (void)batcher.send(photos, room);
    CHECK(!room.batch().embedding.defined());  // the decoder has an encoder of its own
    return room.batch().identity.to_host();
  };
  const std::vector<real> both = identities(batch);
  const std::size_t half = both.size() / 2;
  CHECK(!std::equal(both.begin(), both.begin() + half, both.begin() + half));
  std::swap(batch[0], batch[1]);
  const std::vector<real> again = identities(batch);
  for (std::size_t i = 0; i < half; ++i) CHECK(again[i] == both[half + i]);
}

TEST_CASE("a network that takes identities learns and refines with them") {
  recon::RefinementConfig config = recon::RefinementConfig::paper();
  config.embedding_form = recon::EmbeddingForm::kIdentity;
  PhotoLossOptions options = no_terms();
  options.texture = 1;
  Training training(Context(), options, config);
  for (const Parameter* p : training.model.parameters())
    CHECK(p->name.find("encoder") == std::string::npos);
  const double before = training.look(0).at("texture");
  for (int i = 0; i < 8; ++i) training.run(0, 2e-3);
  CHECK(training.look(0).at("texture") < 0.9 * before);

  PhotoBatcher batcher(Context(), training.model, face(), &training.network);
  const recon::PhotoSample* batch[] = {&subjects()[0].sample, &subjects()[1].sample};
  PhotoRoom room = batcher.room(2, 224);
  recon::Observation mine = batcher.send(batch, room).observations[0];
  const auto identity = [&](std::size_t i) {
    return recon::crop_embedding(Context(), &training.network, recon::EmbeddingForm::kIdentity,
                                 *batch[i]);
  };
  mine.embedding = identity(0);
  const std::vector<float> refined = training.model.refine(mine);
  mine.embedding = identity(1);
  CHECK(training.model.refine(mine) != refined);
  mine.embedding.clear();
  CHECK_THROWS_WITH_AS(training.model.refine(mine),
                       doctest::Contains("embedding has 0 numbers, the weights take 128"), Error);
  CHECK_THROWS_WITH_AS(
      PhotoStep(Context(), training.model, training.adam, face(), options, nullptr, kBatch, Rng(1)),
      doctest::Contains("give the identity network's file"), InputError);
}

TEST_CASE("what a step cannot do is said") {
  PhotoLossOptions options = all_terms();
  Training training(Context(), options);
  const std::vector<const recon::PhotoSample*> one{&subjects()[0].sample};
  CHECK_THROWS_WITH_AS(training.step(one, 1, 1e-3), doctest::Contains("1 photos, expected 2"),
                       Error);
  CHECK_THROWS_WITH_AS(training.step(training.batch(0), 1, 1e-3),
                       doctest::Contains("the critic has no photos to draw"), Error);
  CHECK_THROWS_WITH_AS(training.step.measure({}, 1), doctest::Contains("no photos"), Error);
  CHECK_THROWS_WITH_AS(
      PhotoStep(Context(), training.model, training.adam, face(), options, nullptr, kBatch, Rng(1)),
      doctest::Contains("the identity loss needs the identity network"), InputError);
  mesh::FaceModel lopsided = face();
  for (std::size_t v = 0; v < lopsided.mirror.size(); ++v)
    lopsided.mirror[v] = static_cast<std::int32_t>(v);
  CHECK_THROWS_WITH_AS(PhotoStep(Context(), training.model, training.adam, lopsided, options,
                                 &training.network, kBatch, Rng(1)),
                       doctest::Contains("symmetry weight of 0"), InputError);
  {
    Training none(Context(), no_terms());
    CHECK_THROWS_WITH_AS(none.run(0), doctest::Contains("no loss counts"), Error);
  }
  recon::PhotoSample bad = subjects()[0].sample;
  bad.fit.vertex_irradiance[30] = std::numeric_limits<float>::quiet_NaN();
  const std::vector<const recon::PhotoSample*> spoilt{&bad, &bad};
  Training clean(Context(), {}, recon::RefinementConfig::reference());
  const auto before = clean.weights();
  CHECK_THROWS_WITH_AS(clean.step(spoilt, 0, 1e-3), doctest::Contains("is not finite"), Error);
  CHECK(clean.weights() == before);
  bad = subjects()[0].sample;
  bad.crop = Image(224, 224, 3);
  CHECK_THROWS_WITH_AS(clean.step(spoilt, 0, 1e-3),
                       doctest::Contains("the crop of 'subject 0' is 224 x 224 x 3"), Error);
}

}  // namespace
}  // namespace fgcn::train
