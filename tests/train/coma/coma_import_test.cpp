// Published weights: the golden network of both recipes, read by the names that they are kept
// under.
#include "train/coma/coma_import.h"

#include <doctest/doctest.h>

#include "kernels/core/error.h"
#include "tests/layers/original_arrays.h"
#include "tests/mesh/shapes.h"
#include "tests/support/op_check.h"
#include "tests/support/shared_data.h"

namespace fgcn::train {
namespace {

/// The weights of a golden file as a published file would hold them, in single precision.
io::Safetensors published(const io::Npz& golden, const std::string& prefix) {
  io::Safetensors out;
  for (const auto& [name, array] : golden) {
    if (name.rfind("w:", 0) != 0) continue;
    const std::vector<double> values = array.doubles();
    const std::vector<float> floats(values.begin(), values.end());
    out.tensors[prefix + name.substr(2)] =
        io::StoredTensor::of(array.shape, std::span<const float>(floats));
  }
  return out;
}

ComaParts parts_of(const mesh::TriangleMesh& topology, ComaForm form) {
  ComaParts out;
  out.topology = topology;
  out.matrices = published_hierarchy(topology, form, {});
  const std::size_t width = 3 * topology.vertices.size();
  out.statistics = {std::vector<double>(width, 0), std::vector<double>(width, 1)};
  return out;
}

TEST_CASE("imported weights of both recipes give the golden meshes") {
  const auto sphere = test::shared_data("golden/jitter_sphere");
  const auto folder = test::shared_data("golden/coma");
  if (!sphere || !folder) return;
  const mesh::TriangleMesh topology = test::golden_level(*sphere, 0).mesh;
  for (const auto& [file, prefix, form] : {std::tuple{"tf_relu_momentum.npz", "", ComaForm::kRelu},
                                           std::tuple{"elu_adam.npz", "model.", ComaForm::kElu}}) {
    CAPTURE(file);
    const io::Npz golden = io::read_npz(*folder / file);
    const io::Safetensors weights = published(golden, prefix);
    const ComaModel model =
        import_coma(Context(Device::kCpu, 2), parts_of(topology, form), weights, file);
    CHECK(model.latent() == 8);
    CHECK(model.parts().size.filters == std::vector<std::int64_t>{16, 16, 16, 32});
    CHECK(model.parts().size.terms == 6);
    const std::vector<double> in = at(golden, "in_x", file).doubles();
    const std::vector<float> positions(in.begin(), in.end());
    const std::vector<float> z = model.encode(positions), y = model.decode(z);
    CHECK(test::relative_error({z.begin(), z.end()}, at(golden, "latent", file).doubles()) <= 1e-4);
    CHECK(test::relative_error({y.begin(), y.end()}, at(golden, "out", file).doubles()) <= 1e-4);
    CHECK(mean_mesh_distance(model) > 0);
  }
}

TEST_CASE("published weights that do not fit are refused by name") {
  const auto sphere = test::shared_data("golden/jitter_sphere");
  const auto folder = test::shared_data("golden/coma");
  if (!sphere || !folder) return;
  const mesh::TriangleMesh topology = test::golden_level(*sphere, 0).mesh;
  const io::Safetensors right = published(io::read_npz(*folder / "tf_relu_momentum.npz"), "");
  const ComaParts parts = parts_of(topology, ComaForm::kRelu);
  const auto refused = [&](const char* words, const auto& change) {
    io::Safetensors file = right;
    change(file.tensors);
    CAPTURE(words);
    CHECK_THROWS_WITH_AS(import_coma(Context(Device::kCpu, 1), parts, file, "x"),
                         doctest::Contains(words), InputError);
  };
  for (const auto& [name, tensor] : right.tensors)
    refused("", [&, key = name](auto& t) { t.erase(key); });
  refused("holds neither", [](auto& t) { t.clear(); });
  refused("of 10 coarsest vertices, the hierarchy has 9", [](auto& t) {
    t["decoder/fc2/bias"] = io::StoredTensor::of({320}, std::vector<float>(320));
  });
  refused("it is of another network", [](auto& t) {
    t["encoder/conv1/weights"] = io::StoredTensor::of({17, 16}, std::vector<float>(272));
  });
  refused("expected 3072", [](auto& t) {
    t["decoder/upconv2/weights"] = io::StoredTensor::of({1}, std::vector<float>(1));
  });
  CHECK_THROWS_WITH_AS(published_hierarchy(topology, ComaForm::kRelu, *folder),
                       doctest::Contains("adjacency0.npz"), InputError);
}

}  // namespace
}  // namespace fgcn::train
