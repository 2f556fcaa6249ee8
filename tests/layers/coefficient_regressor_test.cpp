#include "layers/coefficient_regressor.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "io/arrays/npz.h"
#include "kernels/core/error.h"
#include "tests/layers/refused_weights.h"
#include "tests/layers/seeded_weights.h"
#include "tests/support/op_check.h"
#include "tests/support/shared_data.h"

namespace fgcn {
namespace {

constexpr double kGoldenError = sizeof(real) == sizeof(double) ? 1e-10 : 1e-5;

void check_golden(const std::string& edition, const std::vector<double>& pixels) {
  const auto folder = test::shared_data("golden/nets_layout");
  if (!folder) return;
  const io::Npz golden = io::read_npz(*folder / (edition + ".npz"));
  const CoefficientRegressor network(
      Context(), test::seeded_weights(*folder / (edition + "_tensors.txt")), edition);
  std::vector<real> first;
  for (const int threads : {1, 3}) {
    const Context ctx(Device::kCpu, threads);
    Tape tape(ctx, Record::kNothing);
    const Regression y = network(tape.constant(Tensor::of(ctx, {2, 224, 224, 3}, pixels)));
    const double pooled = test::relative_error(test::to_double(y.pooled.value()),
                                               at(golden, "pool5", edition).doubles());
    const double coefficients = test::relative_error(test::to_double(y.coefficients.value()),
                                                     at(golden, "coefficients", edition).doubles());
    MESSAGE(edition << ": pool5 " << pooled << ", coefficients " << coefficients);
    CHECK(pooled <= kGoldenError);
    CHECK(coefficients <= kGoldenError);
    const std::vector<real> bits = y.coefficients.value().to_host();
    if (first.empty()) first = bits;
    CHECK(bits == first);
    if (sizeof(real) == sizeof(double)) break;  // the bits are those of the kernels' own tests
  }
}

TEST_CASE("the torch edition of R-Net gives the golden coefficients") {
  std::vector<double> pixels = test::seeded_image("rnet.image", 2, 224, 224);
  for (double& v : pixels) v = static_cast<float>(v);
  check_golden("rnet_torch", pixels);
}

TEST_CASE("the TensorFlow edition of R-Net gives the golden coefficients") {
  // Made as [N, H, W, BGR] of whole numbers up to 255.
  std::vector<double> pixels = test::seeded_uniform("rnet.image_tf", 2 * 224 * 224 * 3);
  for (double& v : pixels) v = double{std::nearbyint(255 * static_cast<float>(v))} / 255;
  for (std::size_t i = 0; i < pixels.size(); i += 3) std::swap(pixels[i], pixels[i + 2]);
  check_golden("rnet_tf", pixels);
}

// Channels are a sixteenth, so that the emulated device gets through.
constexpr CoefficientRegressor::Sizes kSmall{16};

TEST_CASE("R-Net gives the same numbers on every device") {
  for (const RegressorEdition edition : {RegressorEdition::kTorch, RegressorEdition::kTensorFlow}) {
    CAPTURE(edition == RegressorEdition::kTorch);
    Rng rng(1);
    const io::Safetensors weights = CoefficientRegressor::untrained(edition, rng, kSmall);
    const Tensor x = test::uniform({2, 41, 34, 3}, rng, 0, 1);
    std::vector<double> expected;
    test::SameBits same;
    test::on_every_backend([&](const Context& ctx) {
      Tape tape(ctx, Record::kNothing);
      const CoefficientRegressor network(ctx, weights, "small", kSmall);
      CHECK(network.edition() == edition);
      const Regression y = network(tape.constant(x.to(ctx)));
      CHECK(y.pooled.shape() == Shape{2, 128});
      CHECK(y.coefficients.shape() == Shape{2, 257});
      const std::vector<double> values = test::to_double(y.coefficients.value());
      if (expected.empty()) expected = values;
      CHECK(test::relative_error(values, expected) <=
            (sizeof(real) == sizeof(double) ? 1e-12 : 1e-5));
      same.check(ctx, y.coefficients.value());
    });
  }
}

TEST_CASE("R-Net on a recording tape has the values and can be differentiated twice by the image") {
  for (const RegressorEdition edition : {RegressorEdition::kTorch, RegressorEdition::kTensorFlow}) {
    Rng rng(2);
    const io::Safetensors weights = CoefficientRegressor::untrained(edition, rng, kSmall);
    const Tensor x = test::uniform({1, 33, 32, 3}, rng, 0, 1);
    const Context ctx;
    const CoefficientRegressor network(ctx, weights, "small", kSmall);
    Tape plain(ctx, Record::kNothing), recording(ctx);
    CHECK(network(recording.leaf(x)).coefficients.value().to_host() ==
          network(plain.constant(x)).coefficients.value().to_host());
    test::check_grad([&](const Vars& v) { return network(v[0]).coefficients; }, {x},
                     {.order = 2, .step = 1e-7, .tolerance = 1e-6});
  }
}

TEST_CASE("R-Net's layouts are the published ones and are refused with any array amiss") {
  const auto folder = test::shared_data("golden/nets_layout");
  for (const RegressorEdition edition : {RegressorEdition::kTorch, RegressorEdition::kTensorFlow}) {
    Rng rng(3);
    if (folder) {
      const bool torch = edition == RegressorEdition::kTorch;
      test::check_layout(
          CoefficientRegressor::untrained(edition, rng),
          test::seeded_weights(*folder /
                               (torch ? "rnet_torch_tensors.txt" : "rnet_tf_tensors.txt")),
          [](const std::string& name) { return name.ends_with("num_batches_tracked"); });
    }
    const CoefficientRegressor::Sizes least{64};
    test::check_refuses_each(
        CoefficientRegressor::untrained(edition, rng, least), [&](const io::Safetensors& file) {
          const CoefficientRegressor network(Context(), file, "some.pth", least);
        });
  }
  const CoefficientRegressor::Sizes least{64};
  CHECK_THROWS_WITH_AS(
      CoefficientRegressor(Context(), io::Safetensors(), "other.pth", least),
      doctest::Contains("other.pth: is not a whole set of R-Net's weights: it has no array "
                        "backbone.conv1.weight [1, 3, 7, 7]"),
      InputError);
}

TEST_CASE("R-Net with one product for all coefficients, as an option of the torch edition") {
  Rng rng(4);
  io::Safetensors parts = CoefficientRegressor::untrained(RegressorEdition::kTorch, rng, kSmall);
  const Context ctx;
  Tape tape(ctx, Record::kNothing);
  const Var x = tape.constant(test::uniform({1, 32, 32, 3}, rng, 0, 1));
  const std::vector<real> expected =
      CoefficientRegressor(ctx, parts, "parts", kSmall)(x).coefficients.value().to_host();
  std::vector<float> weight, bias;
  for (int i = 0; i < 7; ++i) {
    const std::string name = "final_layers." + std::to_string(i);
    for (const float v : parts.tensors[name + ".weight"].floats()) weight.push_back(v);
    for (const float v : parts.tensors[name + ".bias"].floats()) bias.push_back(v);
    parts.tensors.erase(name + ".weight");
    parts.tensors.erase(name + ".bias");
  }
  parts.tensors["backbone.fc.weight"] =
      io::StoredTensor::of({257, 128}, std::span<const float>(weight));
  parts.tensors["backbone.fc.bias"] = io::StoredTensor::of({257}, std::span<const float>(bias));
  CHECK(CoefficientRegressor(ctx, parts, "one", kSmall)(x).coefficients.value().to_host() ==
        expected);
}

TEST_CASE("a graph's arrays are found behind a prefix, and not where two end alike") {
  Rng rng(5);
  const CoefficientRegressor::Sizes least{64};
  const io::Safetensors plain =
      CoefficientRegressor::untrained(RegressorEdition::kTensorFlow, rng, least);
  io::Safetensors behind;
  for (const auto& [name, tensor] : plain.tensors) behind.tensors["import/" + name] = tensor;
  const Context ctx;
  Tape tape(ctx, Record::kNothing);
  const Var x = tape.constant(test::uniform({1, 32, 32, 3}, rng, 0, 1));
  const CoefficientRegressor network(ctx, behind, "graph.pb", least);
  CHECK(network.edition() == RegressorEdition::kTensorFlow);
  CHECK(network(x).coefficients.value().to_host() ==
        CoefficientRegressor(ctx, plain, "graph.pb", least)(x).coefficients.value().to_host());
  behind.tensors["other/fc-id/weights"] = behind.tensors["import/fc-id/weights"];
  CHECK_THROWS_WITH_AS(CoefficientRegressor(ctx, behind, "graph.pb", least),
                       doctest::Contains("more than one array ends in /fc-id/weights"), InputError);
}

TEST_CASE("R-Net names an image that does not fit") {
  Rng rng(6);
  const CoefficientRegressor::Sizes least{64};
  const Context ctx;
  const CoefficientRegressor network(
      ctx, CoefficientRegressor::untrained(RegressorEdition::kTorch, rng, least), "small", least);
  Tape tape(ctx);
  CHECK_THROWS_WITH_AS(network(tape.constant(Tensor(ctx, {1, 31, 32, 3}))),
                       doctest::Contains("x is [1, 31, 32, 3], expected [N, 224, 224, 3]"), Error);
  CHECK_THROWS_WITH_AS(network(tape.constant(Tensor(ctx, {1, 32, 32, 4}))),
                       doctest::Contains("x is [1, 32, 32, 4]"), Error);
}

}  // namespace
}  // namespace fgcn
