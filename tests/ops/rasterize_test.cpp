#include "autograd/ops/rasterize.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "tests/support/op_check.h"

namespace fgcn {
namespace {

using kernels::Cull;
using kernels::RasterizeOptions;
using Indices = std::vector<std::int32_t>;

IndexTensor faces_of(const Context& ctx, const Indices& indices) {
  return IndexTensor::of(ctx, {static_cast<std::int64_t>(indices.size()) / 3, 3}, indices);
}

Tensor draw(const Context& ctx, const Tensor& positions, const Indices& indices,
            std::int64_t height, std::int64_t width, const RasterizeOptions& options = {}) {
  Tensor raster = test::poisoned(ctx, {positions.dim(0), height, width, 4});
  const Tensor on_device = positions.to(ctx);
  const IndexTensor faces = faces_of(ctx, indices);
  kernels::rasterize(ctx, on_device.view(), faces.view(), options, raster.view());
  return raster;
}

/// Every pixel against every triangle, by Cramer's rule. No fill rule: `on_edge` says where it
/// would matter.
struct Naive {
  std::vector<double> raster;
  std::vector<bool> on_edge;
};

Naive naive(const Tensor& positions, const Indices& indices, std::int64_t height,
            std::int64_t width) {
  const std::vector<double> p = test::to_double(positions);
  const std::int64_t vertices = positions.dim(1);
  Naive out;
  for (std::int64_t n = 0; n < positions.dim(0); ++n) {
    for (std::int64_t i = 0; i < height * width; ++i) {
      const double px = static_cast<double>(i % width) + 0.5;
      const double py = static_cast<double>(i / width) + 0.5;
      double best[4] = {0, 0, 0, 0};
      bool edge = false;
      for (std::size_t f = 0; f < indices.size() / 3; ++f) {
        const double* v[3];
        for (int k = 0; k < 3; ++k) v[k] = &p[(n * vertices + indices[3 * f + k]) * 3];
        const double a = v[0][0] - v[2][0], b = v[1][0] - v[2][0], c = v[0][1] - v[2][1],
                     d = v[1][1] - v[2][1];
        const double det = a * d - b * c;
        if (det == 0) continue;
        const double s = ((px - v[2][0]) * d - (py - v[2][1]) * b) / det;
        const double t = (a * (py - v[2][1]) - c * (px - v[2][0])) / det;
        const double least = std::min({s, t, 1 - s - t});
        edge = edge || std::abs(least) < 1e-6;
        if (least < 0 || std::min({v[0][2], v[1][2], v[2][2]}) <= 1e-3) continue;
        const double inverse = s / v[0][2] + t / v[1][2] + (1 - s - t) / v[2][2];
        if (best[3] != 0 && 1 / inverse >= best[2]) continue;
        best[0] = s / v[0][2] / inverse;
        best[1] = t / v[1][2] / inverse;
        best[2] = 1 / inverse;
        best[3] = static_cast<double>(f + 1);
      }
      out.raster.insert(out.raster.end(), best, best + 4);
      out.on_edge.push_back(edge);
    }
  }
  return out;
}

/// Random triangles over an image, some larger than it, some smaller than a pixel.
Tensor random_triangles(std::int64_t batch, std::int64_t count, double size, Rng& rng) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < batch * count; ++i) {
    const double x = rng.uniform(-4, size + 4), y = rng.uniform(-4, size + 4);
    const double extent = std::exp(rng.uniform(-2, 4));
    for (int k = 0; k < 3; ++k) {
      values.push_back(x + rng.uniform(-1, 1) * extent);
      values.push_back(y + rng.uniform(-1, 1) * extent);
      values.push_back(rng.uniform(1, 12));
    }
  }
  return Tensor::of(Context(), {batch, 3 * count, 3}, values);
}

Indices ascending(std::int64_t count) {
  Indices out(static_cast<std::size_t>(count));
  std::iota(out.begin(), out.end(), 0);
  return out;
}

TEST_CASE("rasterize agrees with a loop over pixels and triangles on every backend") {
  Rng rng(1);
  const std::int64_t height = 37, width = 53;
  for (const std::int64_t count : {0, 1, 40, 5000}) {
    CAPTURE(count);
    const Tensor positions = random_triangles(2, count, 50, rng);
    const Indices indices = ascending(3 * count);
    const Naive expected = naive(positions, indices, height, width);
    std::vector<real> first;
    test::on_every_backend([&](const Context& ctx) {
      const Tensor raster = draw(ctx, positions, indices, height, width);
      const std::vector<real> bits = raster.to_host();
      if (first.empty()) first = bits;
      CHECK(bits == first);
      std::size_t compared = 0;
      for (std::size_t i = 0; i < expected.on_edge.size(); ++i) {
        if (expected.on_edge[i] || bits[4 * i + 3] != expected.raster[4 * i + 3]) continue;
        ++compared;
        for (int k = 0; k < 3; ++k)
          CHECK(std::abs(bits[4 * i + k] - expected.raster[4 * i + k]) <= 2e-6);
      }
      // Two triangles within a rounding of each other's depth are rare.
      const auto ambiguous = static_cast<std::size_t>(
          std::count(expected.on_edge.begin(), expected.on_edge.end(), true));
      CHECK(compared + ambiguous + 4 >= expected.on_edge.size());
    });
  }
}

TEST_CASE("rasterize covers a centre on a shared edge exactly once") {
  // A jittered grid, a third of its vertices on pixel centres, its edges crossing many of them.
  const std::int64_t cells = 9;
  Rng rng(2);
  std::vector<double> values;
  for (std::int64_t i = 0; i <= cells; ++i) {
    for (std::int64_t j = 0; j <= cells; ++j) {
      const bool border = i % cells == 0 || j % cells == 0;
      const double jitter = rng.uniform() < 0.4 || border ? 0 : 1;
      values.push_back(0.5 + 4.0 * static_cast<double>(j) + jitter * rng.uniform(-1.5, 1.5));
      values.push_back(0.5 + 4.0 * static_cast<double>(i) + jitter * rng.uniform(-1.5, 1.5));
      values.push_back(1);
    }
  }
  const Tensor positions = Tensor::of(Context(), {1, (cells + 1) * (cells + 1), 3}, values);
  std::vector<Indices> triangles;
  for (std::int64_t i = 0; i < cells; ++i) {
    for (std::int64_t j = 0; j < cells; ++j) {
      const auto v = static_cast<std::int32_t>(i * (cells + 1) + j);
      const auto below = static_cast<std::int32_t>(v + cells + 1);
      // The winding differs from cell to cell: which triangle owns an edge must not depend on it.
      triangles.push_back((i + j) % 2 ? Indices{v, v + 1, below + 1}
                                      : Indices{v, below + 1, v + 1});
      triangles.push_back(j % 2 ? Indices{v, below + 1, below} : Indices{below, below + 1, v});
    }
  }
  const Context ctx;
  std::vector<int> covered(40 * 40, 0);
  for (const Indices& one : triangles) {
    const std::vector<real> raster = draw(ctx, positions, one, 40, 40).to_host();
    for (std::size_t i = 0; i < covered.size(); ++i) covered[i] += raster[4 * i + 3] > 0;
  }
  for (std::size_t i = 0; i < covered.size(); ++i) {
    const auto x = i % 40, y = i / 40;
    CAPTURE(x);
    CAPTURE(y);
    CHECK(covered[i] <= 1);
    // Its border, of which the top-left rule leaves out two sides, is on pixel centres.
    if (x > 0 && y > 0 && x < 36 && y < 36) CHECK(covered[i] == 1);
  }
}

TEST_CASE("rasterize draws the nearest, at equal depth the lower index, and culls on request") {
  const Tensor positions =
      Tensor::of(Context(), {1, 6, 3},
                 std::vector<double>{-9, -9, 2, 9, -9, 2, 0, 30, 2, -9, -9, 3, 9, -9, 3, 0, 30, 3});
  test::on_every_backend([&](const Context& ctx) {
    const auto id = [&](const Indices& indices, const RasterizeOptions& options) {
      return draw(ctx, positions, indices, 1, 1, options).to_host()[3];
    };
    CHECK(id({3, 4, 5, 0, 1, 2}, {}) == 2);
    CHECK(id({0, 1, 2, 3, 4, 5}, {}) == 1);
    CHECK(id({0, 1, 2, 0, 2, 1, 1, 0, 2}, {}) == 1);
    // 0, 1, 2 turns clockwise as seen, with y down.
    CHECK(id({0, 1, 2}, {.cull = Cull::kBack}) == 0);
    CHECK(id({0, 2, 1}, {.cull = Cull::kBack}) == 1);
    CHECK(id({0, 1, 2}, {.near = 2}) == 0);
    CHECK(id({0, 1, 2, 3, 4, 5}, {.near = real(2.5)}) == 2);
  });
}

TEST_CASE("rasterize skips what cannot be drawn and survives any coordinate") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double huge = 3e38, inf = std::numeric_limits<double>::infinity();
  const Tensor positions =
      Tensor::of(Context(), {1, 9, 3}, std::vector<double>{0,     0,     5,    //
                                                           9,     0,     5,    //
                                                           0,     9,     5,    //
                                                           nan,   1,     5,    //
                                                           inf,   1,     5,    //
                                                           1,     1,     -5,   //
                                                           1,     1,     nan,  //
                                                           huge,  -huge, 5,    //
                                                           -huge, huge,  huge});
  test::on_every_backend([&](const Context& ctx) {
    for (const std::int32_t v : {3, 4, 5, 6, 1, 0}) {
      const std::vector<real> raster = draw(ctx, positions, {0, 1, v}, 8, 8).to_host();
      CHECK(raster == std::vector<real>(raster.size(), 0));
    }
    const std::vector<real> wide = draw(ctx, positions, {0, 7, 8, 2, 7, 8}, 8, 8).to_host();
    for (const real value : wide) CHECK(std::isfinite(value));
  });
}

TEST_CASE("rasterize has the derivative of a central difference") {
  Rng rng(3);
  // Two triangles that cover the image together and one before them: no pixel changes its triangle
  // within the step.
  const Tensor positions = Tensor::of(
      Context(), {1, 7, 3}, std::vector<double>{-3, -4,  6,   20, -5,  9,   21, 18,  7,   -2, 17,
                                                5,  3.1, 2.2, 2,  9.3, 4.1, 3,  4.7, 8.9, 4});
  const Tensor twice = [&] {
    std::vector<double> both = test::to_double(positions);
    const std::vector<double> one = both;
    for (std::size_t i = 0; i < one.size(); ++i) both.push_back(one[i] + 0.1 * rng.uniform());
    return Tensor::of(Context(), {2, 7, 3}, both);
  }();
  const Triangles triangles(faces_of(Context(), {0, 1, 2, 0, 2, 3, 4, 5, 6}));
  test::check_grad(
      [&](const Vars& v) {
        return ops::rasterize(v[0], triangles, {12, 14});
      },
      {twice}, {.step = 1e-6, .tolerance = 1e-6});
}

TEST_CASE("rasterize names what does not fit") {
  const Context ctx;
  Tensor positions = Tensor::zeros(ctx, {2, 5, 3});
  Tensor flat(ctx, {2, 5, 2}), raster(ctx, {2, 4, 4, 4}), single(ctx, {1, 4, 4, 4});
  Tensor wide(ctx, {2, 1, 16385, 4});
  const IndexTensor good = faces_of(ctx, {0, 1, 4}), bad = faces_of(ctx, {0, 1, 5}),
                    negative = faces_of(ctx, {0, -1, 4});
  const auto call = [&](Tensor& at, const IndexTensor& faces, Tensor& out, real near) {
    kernels::rasterize(ctx, at.view(), faces.view(), {.near = near}, out.view());
  };
  CHECK_NOTHROW(call(positions, good, raster, 0));
  CHECK_THROWS_WITH_AS(call(flat, good, raster, 0),
                       doctest::Contains("positions is [2, 5, 2], expected [N, V, 3]"), Error);
  CHECK_THROWS_WITH_AS(call(positions, bad, raster, 0), doctest::Contains("has vertex 5 of 5"),
                       Error);
  CHECK_THROWS_WITH_AS(call(positions, negative, raster, 0),
                       doctest::Contains("has vertex -1 of 5"), Error);
  CHECK_THROWS_WITH_AS(call(positions, good, single, 0), doctest::Contains("expected [2, H, W, 4]"),
                       Error);
  CHECK_THROWS_WITH_AS(call(positions, good, wide, 0), doctest::Contains("more than 16384 pixels"),
                       Error);
  CHECK_THROWS_WITH_AS(call(positions, good, raster, -1), doctest::Contains("near is -1"), Error);
}

}  // namespace
}  // namespace fgcn
