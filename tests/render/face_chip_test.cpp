#include "render/face_chip.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "autograd/ops/binary.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

/// A window's pixel from the image, by its description.
double naive(const std::vector<double>& image, const Shape& shape, std::int64_t n, double x,
             double y, std::int64_t c) {
  const auto at = [&](std::int64_t h, std::int64_t w) {
    h = std::clamp<std::int64_t>(h, 0, shape[1] - 1);
    w = std::clamp<std::int64_t>(w, 0, shape[2] - 1);
    return image[static_cast<std::size_t>(((n * shape[1] + h) * shape[2] + w) * shape[3] + c)];
  };
  const double left = std::floor(x - 0.5), top = std::floor(y - 0.5);
  const double right = x - 0.5 - left, below = y - 0.5 - top;
  const auto h = static_cast<std::int64_t>(top), w = static_cast<std::int64_t>(left);
  return (1 - below) * ((1 - right) * at(h, w) + right * at(h, w + 1)) +
         below * ((1 - right) * at(h + 1, w) + right * at(h + 1, w + 1));
}

/// Turned, moved, and partly outside an image of 20 x 17 pixels; `step` pixels of it a window's.
std::vector<ChipMap> some_maps(double step) {
  return {{step * std::cos(0.3), step * std::sin(0.3), 4.2, 1.7},
          {step * std::cos(-0.8), step * std::sin(-0.8), -2.5, 9.1}};
}

TEST_CASE("a chip is what the map says, on every backend") {
  Rng rng(1);
  const Shape shape{2, 20, 17, 3};
  const Tensor image = test::uniform(shape, rng, 0, 1);
  const std::vector<double> pixels = test::to_double(image);
  struct Case {
    double step;
    std::int64_t asked, samples;
  };
  for (const Case& k : {Case{1.3, 0, 1}, Case{1.99, 0, 1}, Case{2.2, 0, 2}, Case{0.4, 0, 1},
                        Case{1.3, 3, 3}, Case{3.1, 0, 3}}) {
    CAPTURE(k.step);
    const std::vector<ChipMap> maps = some_maps(k.step);
    constexpr std::int64_t kSide = 7;
    std::vector<double> expected;
    for (std::size_t n = 0; n < 2; ++n)
      for (std::int64_t i = 0; i < kSide * kSide * 3; ++i) {
        double sum = 0;
        for (std::int64_t s = 0; s < k.samples * k.samples; ++s) {
          const auto count = static_cast<double>(k.samples);
          const double u = static_cast<double>(i / 3 % kSide) +
                           (static_cast<double>(s % k.samples) + 0.5) / count;
          const double v = static_cast<double>(i / 3 / kSide) +
                           (static_cast<double>(s / k.samples) + 0.5) / count;
          const ChipMap& map = maps[n];
          sum += naive(pixels, shape, static_cast<std::int64_t>(n), map.a * u - map.b * v + map.x0,
                       map.b * u + map.a * v + map.y0, i % 3);
        }
        expected.push_back(sum / static_cast<double>(k.samples * k.samples));
      }
    test::SameBits same;
    test::on_every_backend([&](const Context& ctx) {
      Tape tape(ctx);
      const Var y = face_chip(tape.constant(image.to(ctx)), maps, {kSide, k.asked});
      CHECK(y.shape() == Shape{2, kSide, kSide, 3});
      test::check_close(y.value(), expected, {.abs = 5e-6, .rel = 0});
      same.check(ctx, y.value());
    });
  }
}

TEST_CASE("a chip can be differentiated once by the image") {
  Rng rng(2);
  for (const double step : {0.7, 2.3}) {
    CAPTURE(step);
    test::check_grad(
        [&](const Vars& v) {
          const Var chip = face_chip(v[0], some_maps(step), {.side = 6, .samples = 0});
          return ops::mul(chip, chip);
        },
        {test::uniform({2, 20, 17, 3}, rng)});
  }
}

TEST_CASE("a chip names what does not fit") {
  const Context ctx;
  Tape tape(ctx);
  const Var image = tape.constant(Tensor::zeros(ctx, {2, 9, 9, 3}));
  CHECK_THROWS_WITH_AS(face_chip(image, {ChipMap{}}), doctest::Contains("N = 1 maps"), Error);
  CHECK_THROWS_WITH_AS(face_chip(image, some_maps(0)), doctest::Contains("a map of 0"), Error);
  CHECK_THROWS_WITH_AS(
      face_chip(image, {ChipMap{}, {1, 0, std::numeric_limits<double>::infinity(), 0}}),
      doctest::Contains("inf"), Error);
  CHECK_THROWS_WITH_AS(face_chip(image, some_maps(1), {.side = 5, .samples = 17}),
                       doctest::Contains("17 samples"), Error);
}

}  // namespace
}  // namespace fgcn
