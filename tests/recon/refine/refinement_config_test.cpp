// A weights file's description of its network.
#include "recon/refine/refinement_config.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "io/file.h"
#include "io/temporary_folder.h"
#include "mesh/hierarchy.h"
#include "recon/reconstruct.h"
#include "recon/refine/albedo_gain.h"
#include "recon/refine/refinement_model.h"
#include "tests/device/small_face.h"

namespace fgcn::recon {
namespace {

bool same(const RefinementConfig& a, const RefinementConfig& b) {
  return a.output == b.output && a.input == b.input && a.generator == b.generator &&
         a.activation == b.activation && a.branch_output == b.branch_output &&
         a.weights == b.weights && a.embedding_form == b.embedding_form &&
         a.embedding == b.embedding && a.detail_width == b.detail_width &&
         a.blend_weight == b.blend_weight;
}

const char* const kNewKeys[] = {"input",        "generator",     "activation", "embedding form",
                                "blend weight", "branch output", "weights"};

/// The network that a file is of which says nothing of those.
RefinementConfig first_network() {
  RefinementConfig out;
  out.branch_output = BranchOutput::kActivated;
  out.weights = WeightForm::kPlain;
  return out;
}

TEST_CASE("every form of a network comes back from its file and refines as before") {
  const mesh::FaceModel face = test::small_face();
  const mesh::Hierarchy hierarchy = mesh::build_hierarchy(mesh::mean_mesh(face), {.factor = 3});
  std::vector<RefinementConfig> configs{
      {}, RefinementConfig::reference(), RefinementConfig::paper()};
  configs.push_back({.input = InputForm::kProjected, .blend_weight = 0.1});
  configs.push_back({.output = OutputForm::kPlain, .generator = "resnet-wide"});
  configs.push_back({.branch_output = BranchOutput::kActivated});
  configs.push_back({.generator = "resnet", .weights = WeightForm::kPlain});
  configs.push_back({.generator = "normal-wide", .embedding_form = EmbeddingForm::kIdentity});
  Observation sample = test::random_sample(face, 5).observation;
  for (int i = 0; i < 128; ++i) sample.embedding.push_back(0.1F * static_cast<float>(i % 7) - 0.2F);
  std::vector<std::vector<float>> all;
  for (RefinementConfig& config : configs) {
    CAPTURE(config.generator);
    if (config.embedding_form == EmbeddingForm::kPatches) config.embedding = 24;
    Rng rng(3);
    const RefinementModel model(Context(), face, hierarchy, config, rng);
    const io::Safetensors file = model.weights({}, RefinementModel::Precision::kSingle);
    const auto read = RefinementModel::from_file(
        Context(), face, io::parse_safetensors(io::encode_safetensors(file), "t"), "t");
    CHECK(same(read.config(), config));
    all.push_back(model.refine(sample));
    CHECK(read.refine(sample) == all.back());
    for (std::size_t i = 0; i + 1 < all.size(); ++i) CHECK(all[i] != all.back());
  }
}

TEST_CASE("a file of before says nothing of what came later, and is of the first network") {
  io::Safetensors file;
  put_config(file, {});
  for (const char* key : kNewKeys) CHECK(file.metadata.erase(key) == 1);
  CHECK(same(take_config(file, "old"), first_network()));

  const mesh::FaceModel face = test::small_face();
  const mesh::Hierarchy hierarchy = mesh::build_hierarchy(mesh::mean_mesh(face), {.factor = 3});
  const std::string path = "old.safetensors";
  Rng rng(4);
  const RefinementModel first(Context(), face, hierarchy, first_network(), rng);
  io::Safetensors stored = first.weights({});
  for (const char* key : kNewKeys) CHECK(stored.metadata.erase(key) == 1);
  const auto before = RefinementModel::from_file(Context(), face, stored, path);
  CHECK(same(before.config(), first_network()));
  CHECK(before.config().blend_weight == 0.35);
  // Written again, with all keys, it refines the same.
  const auto after =
      RefinementModel::from_file(Context(), face, before.weights(stored.metadata), "again");
  const Observation sample = test::random_sample(face, 6).observation;
  CHECK(after.refine(sample) == before.refine(sample));
  auto less = RefinementModel::from_file(Context(), face, stored, path);
  less.set_blend_weight(0);
  CHECK(less.refine(sample) != before.refine(sample));
  CHECK_THROWS_AS(less.set_blend_weight(1.5), Error);
}

TEST_CASE("reconstruction with weights that take identities asks for the identity network") {
  const mesh::FaceModel face = test::small_face();
  const mesh::Hierarchy hierarchy = mesh::build_hierarchy(mesh::mean_mesh(face), {.factor = 3});
  RefinementConfig config = RefinementConfig::paper();
  config.embedding_form = EmbeddingForm::kIdentity;
  Rng rng(3);
  const RefinementModel model(Context(), face, hierarchy, config, rng);
  const TemporaryFolder folder;
  io::write_safetensors(folder / "w.safetensors", model.weights({}));
  ReconstructOptions options;
  options.weights = folder / "w.safetensors";
  CHECK_THROWS_WITH_AS(Reconstructor(Context(), face, options),
                       doctest::Contains("give the identity network's file with --identity"),
                       InputError);
  options.identity = folder / "none.json";
  CHECK_THROWS_WITH_AS(Reconstructor(Context(), face, options), doctest::Contains("none.json"),
                       InputError);
}

TEST_CASE("an absurd weight is refused with the name of its array") {
  const mesh::FaceModel face = test::small_face();
  const mesh::Hierarchy hierarchy = mesh::build_hierarchy(mesh::mean_mesh(face), {.factor = 3});
  Rng rng(3);
  RefinementModel model(Context(), face, hierarchy, {.embedding = 24}, rng);
  AlbedoGain gain{std::vector<float>(kGainFeatures, 0), std::vector<float>(kGainFeatures, 1),
                  std::vector<float>(3 * kGainTerms, 0), std::vector<float>(3, 0)};
  model.set_gain(gain);
  const io::Safetensors good = model.weights({}, RefinementModel::Precision::kSingle);
  const auto read = [&](const io::Safetensors& file) {
    return RefinementModel::from_file(Context(), face, file, "w.st");
  };
  CHECK_NOTHROW(read(good));
  // As many numbers, whose axes are exchanged.
  io::Safetensors turned = good;
  std::vector<std::int64_t>& shape = turned.tensors.at("refiner.out.weight").shape;
  REQUIRE(shape.front() != shape.back());
  std::swap(shape.front(), shape.back());
  CHECK_THROWS_WITH_AS(read(turned), doctest::Contains("'refiner.out.weight' is not of shape ["),
                       InputError);
  const float infinity = std::numeric_limits<float>::infinity();
  for (const std::string name : {"head.weight", "encoder.0.weight", "gain.weight", "gain.scale",
                                 "hierarchy.laplacian0.value", "hierarchy.up1.value"}) {
    if (!good.tensors.contains(name)) continue;
    CAPTURE(name);
    for (const float absurd : {1e30F, -1e7F, infinity, -infinity, std::nanf("")}) {
      io::Safetensors bad = good;
      io::StoredTensor& tensor = bad.tensors.at(name);
      std::vector<float> values = tensor.floats();
      values.at(values.size() / 2) = absurd;
      tensor = io::StoredTensor::of(tensor.shape, std::span<const float>(values));
      CHECK_THROWS_WITH_AS(
          read(bad), doctest::Contains(("w.st: '" + name.substr(0, name.rfind(".v"))).c_str()),
          InputError);
    }
  }
  // Every parameter, not only those named here.
  for (const Parameter* p : model.parameters()) {
    CAPTURE(p->name);
    io::Safetensors bad = good;
    io::StoredTensor& tensor = bad.tensors.at(p->name);
    std::vector<float> values = tensor.floats();
    values.at(0) = 1e30F;
    tensor = io::StoredTensor::of(tensor.shape, std::span<const float>(values));
    CHECK_THROWS_WITH_AS(read(bad), doctest::Contains(p->name.c_str()), InputError);
  }
}

TEST_CASE("a weights file is judged by its header before its arrays are read, and by checksums") {
  const mesh::FaceModel face = test::small_face();
  const mesh::Hierarchy hierarchy = mesh::build_hierarchy(mesh::mean_mesh(face), {.factor = 3});
  Rng rng(3);
  const RefinementModel model(Context(), face, hierarchy, {.embedding = 24}, rng);
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "w.safetensors";
  const io::Safetensors good = model.weights({});
  io::write_safetensors(path, good);
  CHECK_NOTHROW(RefinementModel::load(Context(), face, path));
  const auto refused = [&](const char* why) {
    CHECK_THROWS_WITH_AS(RefinementModel::load(Context(), face, path), doctest::Contains(why),
                         InputError);
  };
  Bytes bytes = read_file(path);
  bytes[bytes.size() / 2] ^= 4;
  write_file(path, bytes);
  refused("does not fit its checksum");
  // 3.9 GB that the header describes: sparse, so that nothing but memory would be spent on it.
  const auto large = [&](const std::string& format) {
    constexpr std::uint64_t kBytes = std::uint64_t{3900} << 20;
    nlohmann::json header;
    header["__metadata__"] = good.metadata;
    header["__metadata__"]["format"] = format;
    header["more"] = {{"dtype", "U8"}, {"shape", {kBytes}}, {"data_offsets", {0, kBytes}}};
    const std::string text = header.dump();
    const std::uint64_t length = text.size();
    Bytes head(8);
    std::memcpy(head.data(), &length, 8);
    head.insert(head.end(), text.begin(), text.end());
    write_file(path, head);
    std::filesystem::resize_file(path, head.size() + kBytes);
  };
  large("something else");
  refused("is of another format than");
  large("fgcn refinement 2");
  refused("bytes of arrays, expected at most");
}

TEST_CASE("a name or number that is not known is refused in one sentence") {
  const auto refused = [](const char* key, const char* value, const char* why) {
    io::Safetensors file;
    put_config(file, {});
    file.metadata[key] = value;
    CHECK_THROWS_WITH_AS(take_config(file, "w"), doctest::Contains(why), InputError);
  };
  refused("output", "both", "w: 'output' is 'both', expected residual or plain");
  refused("input", "", "'input' is '', expected base or projected");
  refused("activation", "gelu", "expected bias-elu or relu");
  refused("branch output", "relu", "expected linear or activated");
  refused("weights", "", "expected equalised or plain");
  refused("embedding form", "facenet", "expected patches or identity");
  refused("generator", "huge", "'huge', expected one of normal normal-wide resnet resnet-wide");
  refused("embedding", "0", "'embedding' is 0");
  refused("embedding", "-4", "expected a number up to");
  refused("detail width", "12x", "'detail width' is '12x'");
  for (const char* share : {"1.01", "-0.1", "nan", "", "0.3 "})
    refused("blend weight", share, "expected a number from 0 to 1");
  io::Safetensors file;
  CHECK_THROWS_WITH_AS(take_config(file, "w"), doctest::Contains("no 'output'"), InputError);
}

}  // namespace
}  // namespace fgcn::recon
