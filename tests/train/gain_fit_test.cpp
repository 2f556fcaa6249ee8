#include "train/gain_fit.h"

#include <doctest/doctest.h>

#include <cmath>

#include "io/file.h"
#include "io/temporary_folder.h"
#include "mesh/hierarchy.h"
#include "recon/refine/albedo_gain.h"
#include "tests/device/small_face.h"
#include "train/evaluate/evaluation.h"

namespace fgcn::train {
namespace {

namespace fs = std::filesystem;

const std::atomic<bool> go{false}, stopped{true};

recon::RefinementModel untrained(const Context& ctx, const mesh::FaceModel& face) {
  Rng rng(5);
  return recon::RefinementModel(ctx, face, mesh::build_hierarchy(mesh::mean_mesh(face), {}), {},
                                rng);
}

/// Says that every albedo is to be brighter by this much in each channel.
recon::AlbedoGain brighter(float log_gain) {
  return {std::vector<float>(recon::kGainFeatures, 0.0F),
          std::vector<float>(recon::kGainFeatures, 1.0F),
          std::vector<float>(3 * recon::kGainTerms, 0.0F), std::vector<float>(3, log_gain)};
}

TEST_CASE("gain: fitted anew, in any threads, whatever the file's was; the rest is kept") {
  const mesh::FaceModel face = test::small_face(3, 2);
  const Context ctx(Device::kCpu, 1);
  const TemporaryFolder folder;
  recon::RefinementModel model = untrained(ctx, face);
  io::write_safetensors(folder / "plain.safetensors", model.weights({{"about", "me"}}));
  // One that makes all albedos a quarter too bright or worse.
  model.set_gain(brighter(0.25F));
  io::write_safetensors(folder / "bright.safetensors", model.weights({{"about", "me"}}));

  const GainFitOptions options{40, 3, 1};
  const GainFile files[] = {{folder / "plain.safetensors", folder / "a.safetensors"},
                            {folder / "bright.safetensors", folder / "b.safetensors"}};
  const auto fits = fit_gain_files(ctx, face, files, options, go);
  REQUIRE(fits);
  const GainFit& plain = (*fits)[0];
  const GainFit& bright = (*fits)[1];
  CHECK((plain.faces > 30 && plain.faces <= 40));
  for (std::size_t c = 0; c < 3; ++c) {
    CHECK(plain.none[c] > 0);
    CHECK(plain.before[c] == doctest::Approx(plain.none[c]));
    CHECK(bright.none[c] == plain.none[c]);
    CHECK(bright.before[c] != bright.none[c]);
    CHECK(bright.after[c] == plain.after[c]);
    CHECK(std::isfinite(plain.after[c]));
  }
  CHECK(read_file(files[0].to) == read_file(files[1].to));

  const io::Safetensors before = io::read_safetensors(files[0].from);
  const io::Safetensors after = io::read_safetensors(files[0].to);
  CHECK(after.metadata.at("about") == "me");
  CHECK(has_gain(after, options));
  CHECK_FALSE(has_gain(before, options));
  CHECK_FALSE(has_gain(after, {40, 4, 1}));
  CHECK_FALSE(has_gain(after, {41, 3, 1}));
  CHECK(after.tensors.size() == before.tensors.size() + 4);
  for (const auto& [name, tensor] : before.tensors) CHECK(after.at(name, "a").data == tensor.data);

  // Other threads; from and to the same file, one that has the level already.
  const GainFile again{files[1].to, files[1].to};
  REQUIRE(fit_gain_files(Context(Device::kCpu, 3), face, {&again, 1}, {40, 3, 4}, go));
  CHECK(read_file(files[0].to) == read_file(files[1].to));

  {  // Of faces that it has not seen the level is better by it.
    const recon::RefinementModel fitted = recon::RefinementModel::load(ctx, face, files[0].to);
    const recon::RefinementModel had = recon::RefinementModel::load(ctx, face, files[1].from);
    const recon::RefinementModel* const both[] = {&fitted, &had};
    const auto measured = evaluate(both, face, kEvaluationSeed + 1, 20);
    CHECK(measured[0].refined.visible < measured[1].refined.visible);
  }
}

TEST_CASE("gain: stopped, nothing changes; checkpoints and places that cannot be are refused") {
  const mesh::FaceModel face = test::small_face(3, 2);
  const Context ctx(Device::kCpu, 1);
  const TemporaryFolder folder;
  recon::RefinementModel model = untrained(ctx, face);
  model.set_gain(brighter(0.1F));
  recon::RefinementModel* const one = &model;
  CHECK_FALSE(fit_gains({&one, 1}, face, {10, 1, 2}, stopped));
  REQUIRE(model.gain());
  CHECK(model.gain()->offset == brighter(0.1F).offset);

  const fs::path from = folder / "w.safetensors", to = folder / "out.safetensors";
  io::write_safetensors(from, model.weights({}));
  GainFile file{from, to};
  CHECK_FALSE(fit_gain_files(ctx, face, {&file, 1}, {10, 1, 1}, stopped));
  CHECK_FALSE(fs::exists(to));
  file.to = folder / "none" / "out.safetensors";
  CHECK_THROWS_WITH_AS(fit_gain_files(ctx, face, {&file, 1}, {1'000'000, 1, 1}, go),
                       doctest::Contains("cannot be created"), InputError);
  io::write_safetensors(from, model.weights({{"checkpoint", "some"}}));
  file.to = to;
  CHECK_THROWS_WITH_AS(fit_gain_files(ctx, face, {&file, 1}, {10, 1, 1}, go),
                       doctest::Contains("is a checkpoint"), InputError);
}

}  // namespace
}  // namespace fgcn::train
