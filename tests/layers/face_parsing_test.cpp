#include "layers/face_parsing.h"

#include <doctest/doctest.h>

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

constexpr FaceParsingNetwork::Sizes kSmall{{64, 32}, 16};

TEST_CASE("BiSeNet gives the same numbers on every device") {
  Rng rng(1);
  const io::Safetensors weights = FaceParsingNetwork::untrained(rng, kSmall);
  const Tensor x = test::uniform({2, 64, 32, 3}, rng, 0, 1);
  std::vector<double> expected;
  test::SameBits same;
  test::on_every_backend([&](const Context& ctx) {
    Tape tape(ctx, Record::kNothing);
    const Var y = FaceParsingNetwork(ctx, weights, "small", kSmall)(tape.constant(x.to(ctx)));
    CHECK(y.shape() == Shape{2, 64, 32, 19});
    const std::vector<double> values = test::to_double(y.value());
    if (expected.empty()) expected = values;
    CHECK(test::relative_error(values, expected) <=
          (sizeof(real) == sizeof(double) ? 1e-12 : 1e-5));
    same.check(ctx, y.value());
  });
}

TEST_CASE("BiSeNet can be differentiated by the image") {
  Rng rng(2);
  const io::Safetensors weights = FaceParsingNetwork::untrained(rng, kSmall);
  const auto f = [&](const Vars& v) {
    return FaceParsingNetwork(v[0].tape().context(), weights, "small", kSmall)(v[0]);
  };
  test::check_grad(f, {test::uniform({2, 64, 32, 3}, rng, 0, 1)},
                   {.order = 2, .step = 1e-7, .tolerance = 1e-6});
}

TEST_CASE("BiSeNet's layout is the published one and is refused with any array amiss") {
  Rng rng(3);
  if (const auto folder = test::shared_data("golden/nets_layout"))
    test::check_layout(FaceParsingNetwork::untrained(rng),
                       test::seeded_weights(*folder / "bisenet_tensors.txt"),
                       [](const std::string& name) {
                         return name.ends_with("num_batches_tracked") ||
                                name.starts_with("conv_out16") || name.starts_with("conv_out32");
                       });
  test::check_refuses_each(FaceParsingNetwork::untrained(rng, kSmall),
                           [&](const io::Safetensors& file) {
                             const FaceParsingNetwork network(Context(), file, "b.pth", kSmall);
                           });
  CHECK_THROWS_WITH_AS(FaceParsingNetwork(Context(), FaceParsingNetwork::untrained(rng, kSmall),
                                          "b", {{64, 33}, 16}),
                       doctest::Contains("an image of 64 x 33, expected multiples of 32"), Error);
  const Context ctx;
  Tape tape(ctx);
  const FaceParsingNetwork network(ctx, FaceParsingNetwork::untrained(rng, kSmall), "b", kSmall);
  CHECK_THROWS_WITH_AS(network(tape.constant(Tensor(ctx, {1, 32, 64, 3}))),
                       doctest::Contains("x is [1, 32, 64, 3], expected [N, 64, 32, 3]"), Error);
}

TEST_CASE("the class of a pixel is that of its largest logit, the first of equal ones") {
  const Context ctx;
  const Tensor logits =
      Tensor::of(ctx, {1, 1, 3, 3}, std::vector<double>{1, 2, 3, 5, 0, 5, -2, -1, -3});
  CHECK(largest_class(logits) == std::vector<std::uint8_t>{2, 0, 1});
}

TEST_CASE("images are interpolated on either grid, and differentiated") {
  struct Case {
    const char* name;
    ImageSize from, to;
    ResizeGrid grid;
  };
  constexpr Case kCases[] = {
      {"corners on corners", {3, 4}, {7, 5}, ResizeGrid::kCorners},
      {"TensorFlow's 224 to 160, shorter", {14, 7}, {10, 5}, ResizeGrid::kOrigin},
      {"enlarged from the origin", {3, 2}, {5, 7}, ResizeGrid::kOrigin},
      {"one pixel", {1, 1}, {2, 3}, ResizeGrid::kCorners},
      {"to one pixel", {4, 3}, {1, 1}, ResizeGrid::kCorners}};
  for (const Case& k : kCases) {
    CAPTURE(k.name);
    Rng rng(4);
    const Tensor x = test::uniform({2, k.from.height, k.from.width, 3}, rng);
    const std::vector<double> in = test::to_double(x);
    const auto place = [&](std::int64_t i, std::int64_t from, std::int64_t to) {
      if (k.grid == ResizeGrid::kOrigin)
        return static_cast<double>(i * from) / static_cast<double>(to);
      return to == 1 ? 0.0 : static_cast<double>(i * (from - 1)) / static_cast<double>(to - 1);
    };
    std::vector<double> expected;
    for (std::int64_t n = 0; n < 2; ++n)
      for (std::int64_t h = 0; h < k.to.height; ++h)
        for (std::int64_t w = 0; w < k.to.width; ++w)
          for (std::int64_t c = 0; c < 3; ++c) {
            const double y = place(h, k.from.height, k.to.height);
            const double v = place(w, k.from.width, k.to.width);
            double sum = 0;
            for (std::int64_t i = 0; i < k.from.height; ++i)
              for (std::int64_t j = 0; j < k.from.width; ++j) {
                const auto tent = [](double at, std::int64_t pixel, std::int64_t size) {
                  const double d = at - static_cast<double>(pixel);
                  return pixel == size - 1 && d > 0 ? 1.0 : std::max(0.0, 1 - std::abs(d));
                };
                sum += tent(y, i, k.from.height) * tent(v, j, k.from.width) *
                       in[static_cast<std::size_t>(
                           ((n * k.from.height + i) * k.from.width + j) * 3 + c)];
              }
            expected.push_back(sum);
          }
    test::on_every_backend([&](const Context& ctx) {
      Tape tape(ctx);
      test::check_close(BilinearResize(ctx, k.from, k.to, k.grid)(tape.constant(x.to(ctx))).value(),
                        expected);
    });
    test::check_grad(
        [&](const Vars& v) {
          return BilinearResize(v[0].tape().context(), k.from, k.to, k.grid)(v[0]);
        },
        {x}, {.order = 2});
  }
}

TEST_CASE("the nearest pixel is the one in front") {
  const Context ctx;
  Tape tape(ctx);
  const Var x = tape.constant(Tensor::of(ctx, {1, 1, 3, 1}, std::vector<double>{1, 2, 3}));
  test::check_close(nearest_resize(x, {2, 5}).value(), {1, 1, 2, 2, 3, 1, 1, 2, 2, 3});
}

}  // namespace
}  // namespace fgcn
