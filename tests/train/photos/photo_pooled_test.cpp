// Training with the embedding of the original: R-Net's and FaceNet's means, with weights of our
// own.
#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mesh/hierarchy.h"
#include "recon/fit/triangle_list.h"
#include "recon/refine/crop_identity.h"
#include "recon/refine_photo.h"
#include "tests/device/small_face.h"
#include "tests/support/narrow_networks.h"
#include "tests/train/photos/photo_subject.h"
#include "train/evaluate/photo_validation.h"
#include "train/photos/photo_batch.h"
#include "train/photos/photo_step.h"

namespace fgcn::train {
namespace {

using recon::EmbeddingForm;
using test::NarrowNetworks;

constexpr std::int64_t kBatch = 2;

const mesh::FaceModel& face() {
  static const mesh::FaceModel model = test::small_face();
  return model;
}

const std::vector<test::PhotoSubject>& subjects() {
  static const std::vector<test::PhotoSubject> all = [] {
    std::vector<test::PhotoSubject> out;
    for (std::uint64_t i = 0; i < 3; ++i) out.push_back(test::photo_subject(face(), i));
    return out;
  }();
  return all;
}

std::vector<const recon::PhotoSample*> batch(std::size_t first) {
  return {&subjects()[first % 3].sample, &subjects()[(first + 1) % 3].sample};
}

recon::RefinementModel small_model(const Context& ctx, const recon::PhotoNetworks& networks) {
  static const mesh::Hierarchy hierarchy =
      mesh::build_hierarchy(mesh::mean_mesh(face()), {.factor = 3});
  recon::RefinementConfig config = recon::RefinementConfig::reference();
  config.embedding_form = EmbeddingForm::kPooled;
  config.embedding = networks.encoder->pooled_size() + networks.identity->feature_size();
  config.networks = recon::networks_text(config.embedding_form, networks);
  Rng rng(3);
  return recon::RefinementModel(ctx, face(), hierarchy, config, rng);
}

struct Training {
  explicit Training(const Context& ctx,
                    const PhotoLossOptions& options = PhotoLossOptions::reference())
      : networks(ctx, 1),
        model(small_model(ctx, networks.fixed())),
        adam(model.parameters(), {}),
        step(ctx, model, adam, face(), options, networks.fixed(), kBatch, Rng(7)) {}

  std::map<std::string, double> run(double epoch = 1, double learning_rate = 1e-3) {
    step(batch(static_cast<std::size_t>(adam.steps())), epoch, learning_rate, {});
    return test::by_name(step.losses().back());
  }
  std::vector<std::vector<real>> weights() {
    std::vector<std::vector<real>> out;
    for (const Parameter* p : model.parameters()) out.push_back(p->value.to_host());
    return out;
  }

  NarrowNetworks networks;
  recon::RefinementModel model;
  Adam adam;
  PhotoStep step;
};

TEST_CASE("training on pooled embeddings has the same bits for any threads, and when resumed") {
  Training one(Context(Device::kCpu, 1)), three(Context(Device::kCpu, 3));
  std::map<std::string, double> last;
  for (int i = 0; i < 3; ++i) {
    last = one.run();
    CHECK(last == three.run());
  }
  CHECK(last.at("identity") > 0);
  CHECK(one.weights() == three.weights());

  Training first((Context()));
  for (int i = 0; i < 2; ++i) first.run();
  io::Safetensors file = first.model.weights({}, recon::RefinementModel::Precision::kSingle);
  first.adam.save(file);
  const io::Safetensors read = io::parse_safetensors(io::encode_safetensors(file), "test");
  Training second((Context()));
  second.run();  // what it knew before must not matter
  for (Parameter* p : second.model.parameters())
    p->value = Tensor::of(Context(), p->value.shape(), read.at(p->name, "test").floats());
  second.adam.load(read, "test");
  CHECK(second.run() == last);
  CHECK(second.weights() == one.weights());
}

TEST_CASE("each of the two losses that see a pooled embedding falls by its own descent") {
  for (const bool identity : {false, true}) {
    CAPTURE(identity);
    PhotoLossOptions options;
    options.texture = identity ? 0 : 1;
    options.project = 0;
    options.identity = identity ? 1 : 0;
    Training training(Context(), options);
    const std::string name = identity ? "identity" : "texture";
    const double before = test::by_name(training.step.measure(batch(0), 1)).at(name);
    for (int i = 0; i < 8; ++i) training.run(1, 2e-3);
    const double after = test::by_name(training.step.measure(batch(0), 1)).at(name);
    MESSAGE(name << " from " << before << " to " << after);
    // The plain weights of the reference learn the texture slowly.
    CHECK(after < (identity ? 0.5 : 0.995) * before);
  }
}

// The numbers that training keeps on the device are those that refining makes.
TEST_CASE("training, validation and reconstruction give the decoder the same pooled embedding") {
  const Context ctx;
  Training training(ctx);
  PhotoBatcher batcher(ctx, training.model, face(), training.networks.fixed());
  PhotoRoom room = batcher.room(2, 224);
  (void)batcher.send(batch(0), room);
  const std::vector<real> sent = room.batch().embedding.to_host();
  const std::vector<real> taken = batcher.input_of(room.batch()).patches.to_host();
  CHECK(sent == taken);
  const std::size_t half = sent.size() / 2;
  REQUIRE(half == 240);
  for (std::size_t n = 0; n < 2; ++n) {
    const std::vector<float> own =
        recon::crop_embedding(ctx, training.networks.fixed(), EmbeddingForm::kPooled, *batch(0)[n]);
    CHECK(std::vector<real>(own.begin(), own.end()) ==
          std::vector<real>(sent.begin() + static_cast<std::ptrdiff_t>(n * half),
                            sent.begin() + static_cast<std::ptrdiff_t>((n + 1) * half)));
  }
  // FaceNet's means of the photo stand behind R-Net's, and are what the identity loss compares.
  const std::vector<real> whose = room.batch().identity.to_host();
  REQUIRE(whose.size() == 2 * 112);
  CHECK(std::equal(whose.begin(), whose.begin() + 112, sent.begin() + 128));

  const std::vector<std::int32_t> triangles = recon::flat(face().triangles);
  const recon::PhotoSample& sample = subjects()[0].sample;
  const ProjectedColors colors =
      project_colors(sample.crop, sample.fit.screen, sample.fit.normals, triangles);
  const recon::RefinedFace refined = recon::refine_photo(
      ctx, {training.model, training.networks.fixed()}, sample, colors, triangles);
  const RefinedPhoto validated =
      PhotoJudge(ctx, training.model, face(), training.networks.fixed())(sample);
  CHECK(validated.refined.albedo == refined.albedo);
  // And the embedding counts: that of another crop gives another face.
  recon::PhotoSample other = sample;
  for (std::size_t i = 0; i < other.crop.pixels.size(); ++i)
    if (i % 4 != 3) other.crop.pixels[i] = 1 - other.crop.pixels[i];
  recon::Observation observed = recon::observe(sample, colors, triangles, training.model.config());
  observed.embedding =
      recon::crop_embedding(ctx, training.networks.fixed(), EmbeddingForm::kPooled, other);
  CHECK(training.model.refine(observed) != refined.albedo);
}

TEST_CASE("a step refuses networks that its weights were not trained with") {
  Training training((Context()));
  const NarrowNetworks others(Context(), 2);
  const auto step = [&](const recon::PhotoNetworks& given) {
    return PhotoStep(Context(), training.model, training.adam, face(),
                     PhotoLossOptions::reference(), given, kBatch, Rng(1));
  };
  CHECK_THROWS_WITH_AS(step(others.fixed()), doctest::Contains("were trained with other networks"),
                       InputError);
  CHECK_THROWS_WITH_AS(step(&training.networks.identity),
                       doctest::Contains("give R-Net's file with --encoder"), InputError);
  CHECK_THROWS_WITH_AS(PhotoJudge(Context(), training.model, face(), others.fixed()),
                       doctest::Contains("were trained with other networks"), InputError);
}

}  // namespace
}  // namespace fgcn::train
