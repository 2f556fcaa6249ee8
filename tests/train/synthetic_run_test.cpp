#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "io/file.h"
#include "io/temporary_folder.h"
#include "mesh/face/embedded/embedded_face.h"
#include "tests/device/small_face.h"
#include "train/evaluate/evaluation.h"
#include "train/gain_fit.h"
#include "train/synthetic_task.h"

using namespace fgcn;
using namespace fgcn::train;

namespace {

SyntheticTrainingOptions short_run(const std::filesystem::path& out) {
  SyntheticTrainingOptions options;
  options.out = out;
  options.settings = synthetic_preset("default");
  options.settings.steps = 3;
  options.settings.batch = 1;
  options.settings.checkpoint_every = 2;
  options.settings.gain_faces = 2;
  options.threads = 2;
  return options;
}

}  // namespace

TEST_CASE(
    "training writes weights that load, a resumed run ends in the same bits, bad files are "
    "refused") {
  const mesh::FaceModel face = mesh::make_embedded_face();
  const TemporaryFolder whole, parts;
  const std::atomic<bool> go{false};
  const SyntheticTrainingOptions options = short_run(whole.path());
  CHECK(train_on_synthetic_faces(face, options, go).steps == 3);

  // Stopped after its first step, then resumed with another number of threads.
  SyntheticTrainingOptions again = short_run(parts.path());
  const std::atomic<bool> stop{true};
  const TrainingResult first = train_on_synthetic_faces(face, again, stop);
  CHECK(first.steps == 1);
  CHECK(first.end == TrainingEnd::kInterrupted);
  again.start = Start::kResume;
  again.threads = 1;
  CHECK(train_on_synthetic_faces(face, again, go).steps == 3);
  for (const char* name : {"weights.safetensors", "checkpoint-000003.safetensors", "samples.png"})
    CHECK(read_file(whole / name) == read_file(parts / name));
  {  // finished: nothing is left to do, not even the gain
    const auto written = std::filesystem::last_write_time(parts / "weights.safetensors");
    CHECK(train_on_synthetic_faces(face, again, stop).end == TrainingEnd::kFinished);
    CHECK(std::filesystem::last_write_time(parts / "weights.safetensors") == written);
  }

  const Context ctx(Device::kCpu, 1);
  const auto model = recon::RefinementModel::load(ctx, face, whole.path() / "weights.safetensors");
  FaceSynthesizer synthesizer(face);
  const SyntheticFace sample = synthesizer(77, 0);
  const std::vector<float> fine = model.refine(sample.observation);
  for (const float v : fine) REQUIRE((v >= 0 && v <= 1));
  {  // the albedo gain is carried by the file, and does something
    REQUIRE(model.gain());
    auto plain = recon::RefinementModel::load(ctx, face, whole.path() / "weights.safetensors");
    plain.set_gain(std::nullopt);
    CHECK(plain.refine(sample.observation) != fine);
  }

  {  // weights of another mesh
    mesh::FaceModel other = face;
    std::swap(other.triangles[0], other.triangles[1]);
    CHECK_THROWS_WITH_AS(
        recon::RefinementModel::load(ctx, other, whole.path() / "weights.safetensors"),
        doctest::Contains("was trained on the face model"), InputError);
  }
  {  // a damaged file
    io::Safetensors file = io::read_safetensors(whole.path() / "weights.safetensors");
    file.tensors.erase("refiner.in.weight");
    CHECK_THROWS_AS(recon::RefinementModel::from_file(ctx, face, file, "test"), InputError);
    file = io::read_safetensors(whole.path() / "weights.safetensors");
    file.tensors["hierarchy.up1.col"] = file.tensors["hierarchy.up2.col"];
    CHECK_THROWS_AS(recon::RefinementModel::from_file(ctx, face, file, "test"), InputError);
    file = io::read_safetensors(whole.path() / "weights.safetensors");
    file.metadata["embedding"] = "999999999";
    CHECK_THROWS_AS(recon::RefinementModel::from_file(ctx, face, file, "test"), InputError);
  }
  {  // a folder without a checkpoint
    const TemporaryFolder empty;
    SyntheticTrainingOptions none = short_run(empty.path());
    none.start = Start::kResume;
    CHECK_THROWS_AS(train_on_synthetic_faces(face, none, go), InputError);
  }
}

TEST_CASE("projected albedo undoes the light where the photo shows the vertex") {
  recon::Observation o;
  o.coarse_albedo = {0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f};
  o.photo_color = {0.2f, 0.2f, 0.9f, 0.7f, 0.7f, 0.7f};
  o.vertex_irradiance = {0.5f, 0.8f, 0.5f, 1, 1, 1};
  o.visible = {1, 0};
  const std::vector<float> expected = {0.4f, 0.25f, 1.0f, 0.4f, 0.5f, 0.6f};
  const std::vector<float> got = projected_albedo(o);
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(got[i] == doctest::Approx(expected[i]));
}

TEST_CASE(
    "a run on synthetic faces that is stopped while its gain is fitted does it when resumed") {
  const mesh::FaceModel face = test::small_face(3, 2);
  const TemporaryFolder whole, parts;
  const std::atomic<bool> go{false}, stop{true};
  SyntheticTrainingOptions options = short_run(whole.path());
  options.settings.steps = 1;
  REQUIRE(train_on_synthetic_faces(face, options, go).end == TrainingEnd::kFinished);
  options.out = parts.path();
  const auto gain = [&] {
    return recon::RefinementModel::load(Context(Device::kCpu, 1), face,
                                        parts / "weights.safetensors")
        .gain()
        .has_value();
  };
  CHECK(train_on_synthetic_faces(face, options, stop).end == TrainingEnd::kInterrupted);
  CHECK_FALSE(gain());
  options.start = Start::kResume;
  options.threads = 1;
  options.workers = 3;
  CHECK(train_on_synthetic_faces(face, options, go).end == TrainingEnd::kFinished);
  CHECK(gain());
  for (const char* name : {"weights.safetensors", "samples.png"})
    CHECK(read_file(whole / name) == read_file(parts / name));
}

TEST_CASE("a run on synthetic faces fits the gain of its averaged weights, on faces of its seed") {
  const mesh::FaceModel face = test::small_face(3, 2);
  const Context ctx(Device::kCpu, 1);
  const TemporaryFolder folder;
  const std::atomic<bool> go{false};
  SyntheticTrainingOptions options = short_run(folder.path());
  options.settings.seed = 5;
  options.settings.steps = 4;
  options.settings.learning_rate = 0.02;  // so that the last weights are far from the average
  options.settings.adam.average = 0.95;
  REQUIRE(train_on_synthetic_faces(face, options, go).end == TrainingEnd::kFinished);
  const std::filesystem::path weights = folder / "weights.safetensors";
  const GainFitOptions gain{options.settings.gain_faces, 5, 1};
  CHECK(has_gain(io::read_safetensors(weights), gain));

  // Means of the features, of which the refined albedo's are some.
  const auto means = [](const recon::RefinementModel& model) { return model.gain()->mean; };
  const auto refitted = [&](io::Safetensors file) {
    file.metadata.erase("checkpoint");
    auto model = recon::RefinementModel::from_file(ctx, face, file, "test");
    recon::RefinementModel* const one = &model;
    REQUIRE(fit_gains({&one, 1}, face, gain, go));
    return means(model);
  };
  const std::vector<float> found = means(recon::RefinementModel::load(ctx, face, weights));
  const auto away = [&found](const std::vector<float>& other) {
    double out = 0;
    for (std::size_t i = 0; i < found.size(); ++i)
      out = std::max(out, std::abs(static_cast<double>(found[i] - other.at(i))));
    return out;
  };
  const double averaged = away(refitted(io::read_safetensors(weights)));
  const double last =
      away(refitted(io::read_safetensors(folder / "checkpoint-000004.safetensors")));
  CAPTURE(averaged);
  CAPTURE(last);
  CHECK(averaged < 2e-3);  // the file's weights are in half precision
  CHECK(last > 5 * averaged);
}

TEST_CASE("a run on synthetic faces begins from weights, and a time limit finishes it annealed") {
  const mesh::FaceModel face = test::small_face(3, 2);
  const TemporaryFolder first, second;
  const std::atomic<bool> go{false};
  SyntheticTrainingOptions options = short_run(first.path());
  options.settings.steps = 1;
  REQUIRE(train_on_synthetic_faces(face, options, go).steps == 1);

  options.out = second.path();
  options.init = first / "weights.safetensors";
  options.settings.steps = 1'000'000;
  options.settings.learning_rate = 0;  // so that the weights stay
  options.settings.adam.average = 0;
  options.time_limit = 1e-9;
  const TrainingResult result = train_on_synthetic_faces(face, options, go);
  CHECK(result.steps == 1);
  CHECK(result.end == TrainingEnd::kFinished);
  const io::Safetensors before = io::read_safetensors(first / "weights.safetensors");
  const io::Safetensors after = io::read_safetensors(second / "weights.safetensors");
  for (const auto& [name, tensor] : before.tensors)
    if (!name.starts_with("gain.")) CHECK(after.at(name, "second").data == tensor.data);
}

TEST_CASE("a network that begins from random weights is alive after its fastest steps") {
  // With branch_output=activated and weights=plain refiner.out is saturated by then, and no
  // gradient above 1e-10 comes back to refiner.in.
  const TemporaryFolder folder;
  SyntheticTrainingOptions options = short_run(folder.path());
  options.settings.steps = 150;
  options.settings.batch = 2;
  options.settings.gain_faces = 0;
  options.settings.layers_every = 150;
  const std::atomic<bool> go{false};
  CHECK(train_on_synthetic_faces(test::small_face(3, 2), options, go).silent.empty());
  const Bytes log = read_file(folder / "layers.jsonl");
  const auto line = nlohmann::json::parse(log.begin(), log.end());
  CHECK(line["step"] == 150);
  for (const char* layer : {"up0", "up1", "up2", "up3", "down0", "down1", "down2", "down3", "out"})
    CHECK(line[text("refiner.", layer, ".silent")] == 0);
  for (const char* layer : {"refiner.in", "refiner.out", "decoder.full", "encoder.patch"}) {
    CAPTURE(layer);
    CHECK(line[std::string(layer) + ".gradient"] > 1e-6);
    CHECK(line[std::string(layer) + ".update"] > 1e-6);
  }
  CHECK(line["refiner.out.spread"] > 1e-3);
}
