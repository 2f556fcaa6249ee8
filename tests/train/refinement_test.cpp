#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <string>

#include "io/temporary_folder.h"
#include "mesh/face/embedded/embedded_face.h"
#include "train/evaluate/evaluation.h"
#include "train/trainer.h"

using namespace fgcn;
using namespace fgcn::train;

namespace {

TrainingOptions short_run(const std::filesystem::path& out) {
  TrainingOptions options;
  options.out = out;
  options.steps = 3;
  options.batch = 1;
  options.threads = 2;
  options.checkpoint_every = 2;
  options.gain_faces = 2;
  return options;
}

}  // namespace

TEST_CASE(
    "training writes weights that load, a resumed run ends in the same bits, bad files are "
    "refused") {
  const mesh::FaceModel face = mesh::make_embedded_face();
  const TemporaryFolder whole, parts;
  std::atomic<bool> go{false};
  TrainingOptions options = short_run(whole.path());
  CHECK(train::train(face, options, go).steps == 3);

  // Stopped after its first step, then resumed with another number of threads.
  TrainingOptions again = short_run(parts.path());
  const std::atomic<bool> stop{true};
  const TrainingResult first = train::train(face, again, stop);
  CHECK(first.steps == 1);
  CHECK_FALSE(first.finished);
  again.start = Start::kResume;
  again.threads = 1;
  CHECK(train::train(face, again, go).steps == 3);
  CHECK(read_file(whole.path() / "weights.safetensors") ==
        read_file(parts.path() / "weights.safetensors"));

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
    TrainingOptions none = short_run(empty.path());
    none.start = Start::kResume;
    CHECK_THROWS_AS(train::train(face, none, go), InputError);
  }
}

TEST_CASE("projected albedo undoes the light where the photo shows the vertex") {
  recon::Observation o;
  o.coarse_albedo = {0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f};
  o.photo_color = {0.2f, 0.2f, 0.9f, 0.7f, 0.7f, 0.7f};
  o.light = {0.5f, 0.8f, 0.5f, 1, 1, 1};
  o.visible = {1, 0};
  const std::vector<float> expected = {0.4f, 0.25f, 1.0f, 0.4f, 0.5f, 0.6f};
  const std::vector<float> got = projected_albedo(o);
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(got[i] == doctest::Approx(expected[i]));
}
