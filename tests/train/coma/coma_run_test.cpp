// Training, resuming, and the file of a mesh autoencoder.
#include "train/coma/coma_run.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "io/file.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "tests/layers/original_arrays.h"
#include "tests/support/op_check.h"
#include "tests/support/shared_data.h"
#include "tests/train/coma/coma_sample_data.h"
#include "train/coma/coma_errors.h"
#include "train/coma/coma_loss.h"
#include "train/coma/latent_directions.h"

namespace fgcn::train {
namespace {

namespace fs = std::filesystem;

const SequenceData& data() {
  static const SequenceData out = test::bending_torus(10);
  return out;
}

ComaSettings small(const char* recipe) {
  ComaSettings out = coma_recipe(recipe);
  out.latent = 3;
  out.terms = 3;
  out.filter0 = out.filter1 = out.filter2 = out.filter3 = 4;
  out.epochs = 2;
  out.batch = 8;
  out.log_every = 3;
  out.validate_every = 2;
  out.checkpoint_every = 4;
  return out;
}

ComaRunResult run(const fs::path& out, const ComaSettings& settings, bool stop = false,
                  bool resume = false, int threads = 1,
                  const std::vector<std::string>& given = {}) {
  ComaRunOptions options;
  options.out = out;
  options.split = "sliced";
  options.resume = resume;
  options.given = given;
  const std::atomic<bool> stopped{stop};
  return train_coma(Context(Device::kCpu, threads), data(), settings, options, stopped);
}

TEST_CASE("a run that is stopped at each step and resumed has the bytes of one that is not") {
  for (const char* recipe : {"relu", "elu"}) {
    CAPTURE(recipe);
    ComaSettings settings = small(recipe);
    settings.variational = std::string(recipe) == "elu";
    const TemporaryFolder folder;
    const ComaRunResult whole = run(folder / "whole", settings);
    CHECK(whole.finished);
    CHECK(whole.steps == 6);  // 40 meshes, 10 tested, 3 validated, three batches of 8
    CHECK(whole.validation > 0);
    ComaRunResult part = run(folder / "parts", settings, true);
    CHECK_FALSE(part.finished);
    CHECK(part.steps == 1);
    for (int i = 0; i < 4; ++i) part = run(folder / "parts", settings, true, true, 3);
    CHECK(part.steps == 5);
    CHECK(run(folder / "parts", settings, false, true).finished);
    for (const char* file : {"coma.safetensors", "log.jsonl", "validation.jsonl", "loss.csv",
                             "checkpoint-000006.safetensors"}) {
      CAPTURE(file);
      CHECK(read_file(folder / "whole" / file) == read_file(folder / "parts" / file));
    }
  }
}

TEST_CASE("a run is resumed with its own settings and data alone") {
  const TemporaryFolder folder;
  ComaSettings settings = small("relu");
  run(folder / "a", settings);
  const auto refused = [&](const ComaSettings& with, bool resume, const char* given,
                           const char* words) {
    CHECK_THROWS_WITH_AS(run(folder / "a", with, false, resume, 1, {given}),
                         doctest::Contains(words), InputError);
  };
  refused(settings, false, "", "holds a run already");
  settings.latent = 4;
  refused(settings, true, "latent", "was begun with latent=3, not 4");
  const std::atomic<bool> stop{false};
  const auto refused_with = [&](const char* split, double millimetres, const char* words) {
    ComaRunOptions options;
    options.out = folder / "a";
    options.resume = true;
    options.split = split;
    options.millimetres = millimetres;
    CHECK_THROWS_WITH_AS(train_coma(Context(Device::kCpu, 1), data(), settings, options, stop),
                         doctest::Contains(words), InputError);
  };
  refused_with("expression:sag", 1000, "was begun with --split sliced, not expression:sag");
  refused_with("sliced", 1, "was begun with --millimetres 1000, not 1");
  const SequenceData others = test::bending_torus(11);
  ComaRunOptions options;
  options.out = folder / "a";
  options.resume = true;
  CHECK_THROWS_WITH_AS(train_coma(Context(Device::kCpu, 1), others, settings, options, stop),
                       doctest::Contains("was begun with other meshes"), InputError);
  settings.epochs = 3;  // may grow
  CHECK(run(folder / "a", settings, false, true, 1, {"epochs"}).steps == 9);
}

TEST_CASE("a run that is resumed without a word goes on with all that it was begun with") {
  const TemporaryFolder folder;
  ComaRunOptions options;
  options.split = "expression:sag";
  options.millimetres = 10;
  const std::atomic<bool> stop{true}, go_on{false};
  const ComaSettings settings = small("elu");
  options.out = folder / "whole";
  train_coma(Context(Device::kCpu, 1), data(), settings, options, go_on);
  options.out = folder / "part";
  train_coma(Context(Device::kCpu, 1), data(), settings, options, stop);
  ComaRunOptions again;
  again.out = folder / "part";
  again.resume = true;
  CHECK(train_coma(Context(Device::kCpu, 1), data(), coma_recipe("relu"), again, go_on).finished);
  for (const char* file : {"coma.safetensors", "settings.json", "log.jsonl"})
    CHECK(read_file(folder / "whole" / file) == read_file(folder / "part" / file));
}

TEST_CASE("a loss that explodes ends the run with a sentence") {
  const TemporaryFolder folder;
  ComaSettings settings = small("relu");
  settings.learning_rate = 1e25;
  settings.epochs = 50;
  CHECK_THROWS_WITH_AS(run(folder / "a", settings), doctest::Contains("training diverged"),
                       InputError);
}

TEST_CASE("training comes nearer to the held-out meshes than their mean") {
  const TemporaryFolder folder;
  ComaSettings settings = small("elu");
  settings.filter0 = settings.filter1 = settings.filter2 = settings.filter3 = 8;
  settings.epochs = 60;
  CHECK(run(folder / "a", settings).silent == 0);
  const ComaModel model =
      ComaModel::read(Context(Device::kCpu, 1), folder / "a" / "coma.safetensors");
  const SequenceSplit split = split_sequences(data(), "sliced");
  const auto width = static_cast<std::size_t>(3 * data().vertices());
  std::vector<float> truth;
  for (const std::int64_t i : split.test) {
    const auto begin = data().positions.begin() + i * static_cast<std::int64_t>(width);
    truth.insert(truth.end(), begin, begin + static_cast<std::int64_t>(width));
  }
  const std::vector<float> mean =
      model.denormalised(std::vector<float>(model.normalised(truth).size()));
  const double of_mean = vertex_errors(mean, truth, 1000).mean;
  const double of_model = vertex_errors(model.through(truth), truth, 1000).mean;
  CAPTURE(of_mean);
  CAPTURE(of_model);
  CHECK(of_model < 0.6 * of_mean);  // codes that say nothing give 1
  CHECK(model.through(truth)[1] == doctest::Approx(0.025).epsilon(1e-6));  // never moves

  // The file gives the same codes; codes of samples are near those of the training.
  const std::vector<float> codes = model.encode(truth);
  CHECK(codes.size() == split.test.size() * 3);
  const ComaModel again = ComaModel::from_file(Context(Device::kCpu, 1), model.file(), "again");
  CHECK(again.encode(truth) == codes);
  const CodeStatistics& wanted = model.parts().codes;
  const CodeStatistics found = code_statistics(sampled_codes(model, 20'000, 1), 3);
  for (std::size_t i = 0; i < 9; ++i)
    CHECK(found.covariance[i] ==
          doctest::Approx(wanted.covariance[i]).epsilon(0.05).scale(wanted.covariance[0] * 0.05));
  const mesh::RiggedMesh rig = latent_targets(model);
  CHECK(rig.targets.size() == 3);
  CHECK_FALSE(rig.targets[0].positions.row.empty());
  const Image8 sheet = latent_sheet(model);
  CHECK(sheet.width > 5 * 200);
}

TEST_CASE("statistics are over n or n - 1, and a coordinate that rests has deviation 0") {
  const std::vector<float> rows{1, 5, 100, 3, 5, 0, 8, 5, 0};
  const std::vector<std::int64_t> which{0, 1, 2};
  const MeshStatistics over = mesh_statistics(rows, 3, which, Deviation::kOverCount);
  CHECK(over.mean[0] == 4);
  CHECK(over.deviation[0] == doctest::Approx(std::sqrt((9 + 1 + 16) / 3.0)));
  CHECK(over.deviation[1] == 0);
  const MeshStatistics unbiased = mesh_statistics(rows, 3, which, Deviation::kUnbiased);
  CHECK(unbiased.deviation[0] == doctest::Approx(std::sqrt((9 + 1 + 16) / 2.0)));
}

/// A model without training.
ComaModel untrained() {
  ComaParts parts;
  parts.size = small("relu").size();
  parts.topology = data().topology;
  parts.matrices = coma_hierarchy(parts.topology, ComaForm::kRelu, {});
  std::vector<std::int64_t> all(static_cast<std::size_t>(data().size()));
  std::iota(all.begin(), all.end(), 0);
  parts.statistics =
      mesh_statistics(data().positions, 3 * data().vertices(), all, Deviation::kOverCount);
  Rng rng(1);
  return ComaModel(Context(Device::kCpu, 1), std::move(parts), rng);
}

TEST_CASE("normalised positions are the golden ones, and denormalised ones what they were") {
  const auto sphere = test::shared_data("golden/jitter_sphere");
  const auto folder = test::shared_data("golden/coma");
  if (!sphere || !folder) return;
  const io::Npz golden = io::read_npz(*folder / "data.npz");
  const io::Npz step = io::read_npz(*folder / "tf_relu_momentum.npz");
  ComaParts parts;
  parts.topology = test::golden_level(*sphere, 0).mesh;
  parts.matrices = coma_hierarchy(parts.topology, ComaForm::kRelu, {});
  parts.statistics = {at(golden, "mean", "data").doubles(), at(golden, "std", "data").doubles()};
  Rng rng(1);
  const ComaModel model(Context(Device::kCpu, 1), std::move(parts), rng);
  const std::vector<double> vertices = at(golden, "vertices", "data").doubles();
  const std::vector<float> positions(vertices.begin(), vertices.end());
  const std::vector<float> rows = model.normalised(positions);
  const std::vector<double> expected = at(step, "in_x", "step").doubles();
  std::vector<double> found(expected.size());
  const auto width = static_cast<std::size_t>(3 * model.vertices());
  for (std::size_t i = 0; i < rows.size(); ++i)
    found[i / width * width +
          3 * static_cast<std::size_t>(model.parts().matrices.order[i % width / 3]) + i % 3] =
        static_cast<double>(rows[i]);
  CHECK(test::relative_error(found, expected) <= 1e-5);
  const std::vector<float> back = model.denormalised(rows);
  const std::vector<double> returned(back.begin(), back.end());
  CHECK(test::relative_error(returned, vertices) <= 1e-6);
}

TEST_CASE("first weights are the recipes'") {
  ComaModel model = untrained();
  double sum = 0, squares = 0, count = 0;
  for (const Parameter* p : model.network().parameters())
    for (const double w : test::to_double(p->value)) {
      if (p->name.ends_with(".bias")) {
        CHECK(w == doctest::Approx(0.1));
        continue;
      }
      CHECK(std::abs(w) <= 0.2 + 1e-7);
      sum += w;
      squares += w * w;
      ++count;
    }
  CHECK(std::abs(sum / count) < 0.01);
  // Of a normal distribution cut at two deviations: 0.8796 of the deviation.
  CHECK(std::sqrt(squares / count) == doctest::Approx(0.08796).epsilon(0.05));
}

TEST_CASE("a model's file with a part that does not fit is refused by name") {
  const io::Safetensors right = untrained().file();
  const auto refused = [&](const char* words, const auto& change) {
    io::Safetensors file = right;
    change(file);
    CAPTURE(words);
    CHECK_THROWS_WITH_AS(ComaModel::from_file(Context(Device::kCpu, 1), file, "x"),
                         doctest::Contains(words), InputError);
  };
  using File = io::Safetensors;
  CHECK_NOTHROW(ComaModel::from_file(Context(Device::kCpu, 1), right, "x"));
  for (const auto& [name, tensor] : right.tensors)
    refused("", [&, key = name](File& f) { f.tensors.erase(key); });
  for (const auto& [name, value] : right.metadata)
    refused("", [&, key = name](File& f) { f.metadata.erase(key); });
  refused("expected 'fgcn coma 1'", [](File& f) { f.metadata["format"] = "other"; });
  refused("expected a number from 1 to 4096", [](File& f) { f.metadata["latent"] = "1e9"; });
  refused("is not of the network's shape", [](File& f) { f.metadata["latent"] = "4"; });
  refused("expected relu or elu", [](File& f) { f.metadata["recipe"] = "selu"; });
  refused("expected 0 or more", [](File& f) {
    std::vector<double> d = f.at("deviation", "x").doubles();
    d[5] = -0.5;
    f.tensors["deviation"] = io::StoredTensor::of({1200, 3}, std::span<const double>(d));
  });
  refused("is not symmetric", [](File& f) {
    io::StoredTensor& values = f.tensors["hierarchy.laplacian0.value"];
    std::vector<float> v = values.floats();
    v[0] += 0.25F;
    values = io::StoredTensor::of(values.shape, std::span<const float>(v));
  });
  refused("names a vertex that there is not", [](File& f) {
    io::StoredTensor& triangles = f.tensors["template.triangles"];
    std::vector<std::int32_t> t = triangles.ints();
    t[3] = 1200;
    triangles = io::StoredTensor::of(triangles.shape, std::span<const std::int32_t>(t));
  });
  refused("holds nan", [](File& f) {
    io::StoredTensor& w = f.tensors["weights.decoder.full.bias"];
    std::vector<float> v = w.floats();
    v[0] = std::nanf("");
    w = io::StoredTensor::of(w.shape, std::span<const float>(v));
  });
}

TEST_CASE("a template that is too small is refused") {
  CHECK_THROWS_WITH_AS(coma_hierarchy(test::torus(10, 10), ComaForm::kRelu, {}),
                       doctest::Contains("has 100 vertices"), InputError);
}

TEST_CASE("the KL divergence is that of the formula") {
  const Context ctx(Device::kCpu, 1);
  Tape tape(ctx);
  const std::vector<double> mean{0.5, -1, 0, 2}, log_variance{0, -1, 0.5, -2};
  double expected = 0;
  for (std::size_t i = 0; i < 4; ++i)
    expected += 0.5 * (mean[i] * mean[i] + std::exp(log_variance[i]) - 1 - log_variance[i]) / 2;
  const Var d = coma_divergence(
      {tape.leaf(Tensor::of(ctx, {2, 2}, mean)), tape.leaf(Tensor::of(ctx, {2, 2}, log_variance))});
  CHECK(test::to_double(d.value())[0] == doctest::Approx(expected).epsilon(1e-5));
}

}  // namespace
}  // namespace fgcn::train
