#include "layers/face_parsing.h"

#include <doctest/doctest.h>

#include <cmath>

#include "io/npz.h"
#include "kernels/core/error.h"
#include "tests/layers/seeded_weights.h"
#include "tests/support/op_check.h"
#include "tests/support/shared_data.h"

namespace fgcn {
namespace {

constexpr double kGoldenError = sizeof(real) == sizeof(double) ? 1e-10 : 1e-5;

TEST_CASE("BiSeNet gives the golden logits and classes") {
  const auto folder = test::shared_data("golden/nets_layout");
  if (!folder) return;
  const io::Npz golden = io::read_npz(*folder / "bisenet.npz");
  const std::string where = "bisenet.npz";
  const Context ctx;
  const FaceParsingNetwork network(ctx, test::seeded_weights(*folder / "bisenet_tensors.txt"),
                                   where, {{128, 160}, 1});
  std::vector<double> pixels = test::seeded_image("bisenet.image", 1, 128, 160);
  // Divided in single precision too.
  for (double& v : pixels) v = std::nearbyint(255 * static_cast<float>(v)) / 255;
  Tape tape(ctx, Record::kNothing);
  const Var x = tape.constant(Tensor::of(ctx, {1, 128, 160, 3}, pixels));
  // The golden arrays have the classes first.
  const auto classes_first = [](const std::vector<double>& v) {
    std::vector<double> out(v.size());
    const std::size_t count = v.size() / 19;
    for (std::size_t i = 0; i < v.size(); ++i) out[i % 19 * count + i / 19] = v[i];
    return out;
  };
  const double coarse =
      test::relative_error(classes_first(test::to_double(network.coarse(x).value())),
                           at(golden, "logits_eighth", where).doubles());
  const Tensor logits = network(x).value();
  const std::vector<double> all = test::to_double(logits);
  std::vector<double> some;
  for (std::size_t h = 0; h < 128; h += 17)
    for (std::size_t w = 0; w < 160; w += 13)
      for (std::size_t c = 0; c < 19; ++c) some.push_back(all[(h * 160 + w) * 19 + c]);
  const double full =
      test::relative_error(classes_first(some), at(golden, "logits_rows", where).doubles());
  MESSAGE("bisenet: logits of an eighth " << coarse << ", of the image " << full);
  CHECK(coarse <= kGoldenError);
  CHECK(full <= kGoldenError);
  const std::vector<std::int64_t> expected = at(golden, "classes", where).longs();
  const std::vector<std::uint8_t> classes = largest_class(logits);
  REQUIRE(classes.size() == expected.size());
  std::int64_t wrong = 0;
  for (std::size_t i = 0; i < classes.size(); ++i) wrong += classes[i] != expected[i] ? 1 : 0;
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace fgcn
