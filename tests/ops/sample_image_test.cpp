#include "autograd/ops/sample_image.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/support/op_check.h"

namespace fgcn {
namespace {

using kernels::Sampling;

struct Case {
  const char* name;
  std::int64_t batch, height, width, channels, count;
};
constexpr Case kCases[] = {
    {"one pixel", 1, 1, 1, 1, 9}, {"one row", 2, 1, 7, 3, 21},         {"no points", 2, 3, 3, 2, 0},
    {"small", 3, 5, 4, 4, 37},    {"many points", 2, 31, 17, 3, 3000},
};

/// Calls term(index in the image, weight) for each pixel that sample p of image n reads.
template <class Term>
void for_each_pixel(const Case& k, Sampling sampling, double x, double y, std::int64_t n,
                    const Term& term) {
  const auto at = [&](double h, double w) {
    const auto row = static_cast<std::int64_t>(std::clamp(h, 0.0, k.height - 1.0));
    const auto col = static_cast<std::int64_t>(std::clamp(w, 0.0, k.width - 1.0));
    return (n * k.height + row) * k.width + col;
  };
  if (sampling == Sampling::kRounded) return term(at(std::nearbyint(y), std::nearbyint(x)), 1.0);
  const double h = std::floor(y - 0.5), w = std::floor(x - 0.5);
  const double fh = y - 0.5 - h, fw = x - 0.5 - w;
  term(at(h, w), (1 - fh) * (1 - fw));
  term(at(h, w + 1), (1 - fh) * fw);
  term(at(h + 1, w), fh * (1 - fw));
  term(at(h + 1, w + 1), fh * fw);
}

Tensor points_around(const Case& k, Rng& rng) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < k.batch * k.count; ++i) {
    values.push_back(rng.uniform(-2, static_cast<double>(k.width) + 2));
    values.push_back(rng.uniform(-2, static_cast<double>(k.height) + 2));
  }
  return Tensor::of(Context(), {k.batch, k.count, 2}, values);
}

TEST_CASE("sample_image and its adjoint by the image agree with double precision loops") {
  for (const Case& k : kCases) {
    for (const Sampling sampling : {Sampling::kBilinear, Sampling::kRounded}) {
      CAPTURE(k.name);
      CAPTURE(static_cast<int>(sampling));
      Rng rng(1);
      const Tensor image = test::uniform({k.batch, k.height, k.width, k.channels}, rng);
      const Tensor points = points_around(k, rng);
      const Tensor grad = test::uniform({k.batch, k.count, k.channels}, rng);
      const std::vector<double> vi = test::to_double(image), vp = test::to_double(points);
      const std::vector<double> vg = test::to_double(grad);
      std::vector<double> y(vg.size()), by_image(vi.size());
      for (std::int64_t i = 0; i < k.batch * k.count; ++i) {
        for_each_pixel(k, sampling, vp[2 * i], vp[2 * i + 1], i / k.count,
                       [&](std::int64_t pixel, double weight) {
                         for (std::int64_t c = 0; c < k.channels; ++c) {
                           y[i * k.channels + c] += weight * vi[pixel * k.channels + c];
                           by_image[pixel * k.channels + c] += weight * vg[i * k.channels + c];
                         }
                       });
      }
      test::SameBits bits_y, bits_image;
      test::on_every_backend([&](const Context& ctx) {
        const Tensor on_i = image.to(ctx), on_p = points.to(ctx), on_g = grad.to(ctx);
        Tensor out = test::poisoned(ctx, grad.shape()), out_i = test::poisoned(ctx, image.shape());
        kernels::sample_image(ctx, sampling, on_i.view(), on_p.view(), out.view());
        kernels::sample_image_by_image(ctx, sampling, on_p.view(), on_g.view(), out_i.view());
        // Weights carry the rounding of coordinates up to 33: 2e-6 each.
        test::check_close(out, y, {.abs = 1e-5, .rel = 0});
        test::check_close(out_i, by_image, {.abs = 1e-4, .rel = 0});
        bits_y.check(ctx, out);
        bits_image.check(ctx, out_i);
      });
    }
  }
}

TEST_CASE("sample_image reads a pixel at its centre, the border outside, NaN at NaN") {
  const real nan = std::numeric_limits<real>::quiet_NaN();
  test::on_every_backend([&](const Context& ctx) {
    const Tensor image = Tensor::of(ctx, {1, 2, 3, 1}, std::vector<real>{1, 2, 3, 4, 5, 6});
    const Tensor points = Tensor::of(
        ctx, {1, 5, 2},
        std::vector<real>{real(1.5), real(1.5), 2, real(0.5), -100, real(1e30), 100, -100, nan, 1});
    Tensor y(ctx, {1, 5, 1});
    kernels::sample_image(ctx, Sampling::kBilinear, image.view(), points.view(), y.view());
    const std::vector<real> bilinear = y.to_host();
    CHECK(std::vector<real>(bilinear.begin(), bilinear.begin() + 4) ==
          std::vector<real>{5, real(2.5), 4, 3});
    CHECK(std::isnan(bilinear[4]));
    kernels::sample_image(ctx, Sampling::kRounded, image.view(), points.view(), y.view());
    // Halves go to the even index: (1.5, 1.5) to column 2 and, clamped, row 1; row 0.5 to 0.
    CHECK(y.to_host() == std::vector<real>{6, 3, 4, 3, 4});
  });
}

/// The adjoint by an image [N, 2, 2, 1] from points that are all at the centre of a pixel.
std::vector<double> by_two_by_two(const Context& ctx, const std::vector<double>& points,
                                  const std::vector<double>& grad, std::int64_t images) {
  const std::int64_t count = static_cast<std::int64_t>(grad.size()) / images;
  const Tensor p = Tensor::of(ctx, {images, count, 2}, points);
  const Tensor g = Tensor::of(ctx, {images, count, 1}, grad);
  Tensor out = test::poisoned(ctx, {images, 2, 2, 1});
  kernels::sample_image_by_image(ctx, Sampling::kBilinear, p.view(), g.view(), out.view());
  return test::to_double(out);
}

TEST_CASE("sample_image's adjoint by the image keeps small sums beside large ones, and the zero") {
  // 9,000 large terms meet in one pixel, as many of 2^-20 times their size in another; the second
  // image's are tiny throughout, the third's are zero.
  const double large = std::ldexp(1.0, 60), tiny = std::ldexp(1.0, -100);
  constexpr int kTerms = 9000;
  std::vector<double> points, grad;
  for (const double size : {large, tiny, 0.0}) {
    for (int i = 0; i < kTerms; ++i) {
      points.insert(points.end(), {0.5, 0.5, 1.5, 1.5});
      grad.insert(grad.end(), {size, std::ldexp(size, -20)});
    }
  }
  test::on_every_backend([&](const Context& ctx) {
    const std::vector<double> by_image = by_two_by_two(ctx, points, grad, 3);
    const double sum = kTerms;
    const std::vector<double> expected{sum, 0, 0, std::ldexp(sum, -20)};
    for (std::size_t i = 0; i < 4; ++i) {
      // The CPU adds 9,000 terms in single precision.
      CHECK(std::abs(by_image[i] / large - expected[i]) <= 1e-4 * expected[i]);
      CHECK(std::abs(by_image[4 + i] / tiny - expected[i]) <= 1e-4 * expected[i]);
      CHECK(by_image[8 + i] == 0);
    }
  });
}

TEST_CASE(
    "sample_image's adjoint by the image spoils the pixels that a bad term meets, no others") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinite = std::numeric_limits<double>::infinity();
  test::on_every_backend([&](const Context& ctx) {
    // A bad cotangent; then a bad point, of which every weight is bad.
    for (const double bad : {nan, infinite}) {
      const std::vector<double> by_image =
          by_two_by_two(ctx, {0.5, 0.5, 1.5, 1.5, 1.5, 0.5}, {bad, 3, 4}, 1);
      CHECK_FALSE(std::isfinite(by_image[0]));
      CHECK(std::vector<double>(by_image.begin() + 1, by_image.end()) ==
            std::vector<double>{4, 0, 3});
    }
    const std::vector<double> by_image = by_two_by_two(ctx, {nan, 0.5, 1.5, 1.5}, {2, 3}, 1);
    CHECK(std::all_of(by_image.begin(), by_image.end(), [](double v) { return std::isnan(v); }));
  });
}

TEST_CASE("sample_image can be differentiated once, by the image and by the points") {
  Rng rng(2);
  const Case k{"", 2, 5, 4, 3, 11};
  const Tensor image = test::uniform({k.batch, k.height, k.width, k.channels}, rng);
  const auto f = [](const Vars& v) { return ops::sample_image(v[0], v[1]); };
  test::check_grad(f, {image, points_around(k, rng)}, {.order = 1});
  for (const Case& c : kCases) {
    CAPTURE(c.name);
    const Tensor pixels = test::uniform({c.batch, c.height, c.width, c.channels}, rng);
    test::check_grad_on_every_backend(f, {pixels, points_around(c, rng)}, 1,
                                      {.abs = 1e-4, .rel = 1e-5});
  }
  const Tensor points = points_around(k, rng);
  test::check_grad(
      [&](const Vars& v) {
        return ops::sample_image(v[0], v[0].tape().constant(points), Sampling::kRounded);
      },
      {image}, {.order = 1});
}

TEST_CASE("sample_image refuses a second derivative and names the shapes that do not fit") {
  const Context ctx;
  Tape tape(ctx);
  const Var image = tape.leaf(Tensor::full(ctx, {1, 2, 2, 1}, 1));
  const Var points = tape.leaf(Tensor::full(ctx, {1, 1, 2}, 1));
  const Var y = ops::sample_image(image, points);
  const Var seed = tape.constant(Tensor::full(ctx, {1, 1, 1}, 1));
  const Var grad = tape.grad(y, {points}, {.seed = seed, .create_graph = true})[0];
  const Var again = tape.constant(Tensor::full(ctx, {1, 1, 2}, 1));
  CHECK_THROWS_WITH_AS(tape.grad(grad, {image}, {.seed = again}), doctest::Contains("sample_image"),
                       Error);
  const Tensor i(ctx, {1, 2, 2, 3}), p(ctx, {1, 4, 2}), flat(ctx, {1, 4, 3});
  Tensor out(ctx, {1, 4, 3}), other(ctx, {1, 4, 1});
  const auto f = Sampling::kBilinear;
  CHECK_THROWS_WITH_AS(kernels::sample_image(ctx, f, p.view(), p.view(), out.view()),
                       doctest::Contains("the image is [1, 4, 2]"), Error);
  CHECK_THROWS_WITH_AS(kernels::sample_image(ctx, f, i.view(), flat.view(), out.view()),
                       doctest::Contains("points is [1, 4, 3], expected [1, 4, 2]"), Error);
  CHECK_THROWS_WITH_AS(kernels::sample_image(ctx, f, i.view(), p.view(), other.view()),
                       doctest::Contains("y is [1, 4, 1], expected [1, 4, 3]"), Error);
  CHECK_THROWS_WITH_AS(
      kernels::sample_image_by_points(ctx, i.view(), p.view(), out.view(), other.view()),
      doctest::Contains("grad_points is [1, 4, 1]"), Error);
}

}  // namespace
}  // namespace fgcn
