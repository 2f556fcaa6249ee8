// The gradient of rasterize by kernels, against central differences of plain formulas in double.
#include <doctest/doctest.h>

#include <array>
#include <cmath>

#include "autograd/ops/rasterize.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

/// Triangles of about one size with corners in all directions, some partly outside the image or
/// behind others; and behind them all a mesh, of which a vertex has up to six triangles.
struct Scene {
  static constexpr std::int64_t kBatch = 2, kTriangles = 25, kHeight = 37, kWidth = 41;
  static constexpr std::int64_t kSide = 6, kVertices = 3 * kTriangles + kSide * kSide;
  Tensor positions;
  std::vector<std::int32_t> faces;

  explicit Scene(Rng& rng) {
    std::vector<double> values;
    for (std::int64_t n = 0; n < kBatch; ++n) {
      for (std::int64_t f = 0; f < kTriangles; ++f) {
        const double x = rng.uniform(-2, kWidth + 2), y = rng.uniform(-2, kHeight + 2);
        const double turn = rng.uniform(0, 6.3), size = rng.uniform(2, 7);
        for (int k = 0; k < 3; ++k) {
          const double angle = turn + 2.1 * k;
          values.insert(values.end(), {x + size * std::cos(angle), y + size * std::sin(angle),
                                       rng.uniform(2, 8)});
        }
      }
      for (std::int64_t i = 0; i < kSide * kSide; ++i)
        values.insert(values.end(), {8.5 * static_cast<double>(i % kSide) + rng.uniform(-2, 2),
                                     7.5 * static_cast<double>(i / kSide) + rng.uniform(-2, 2),
                                     rng.uniform(9, 12)});
    }
    positions = Tensor::of(Context(), {kBatch, kVertices, 3}, values);
    for (std::int32_t v = 0; v < 3 * kTriangles; ++v) faces.push_back(v);
    for (std::int32_t i = 0; i + 1 < kSide; ++i)
      for (std::int32_t j = 0; j + 1 < kSide; ++j) {
        const auto v = static_cast<std::int32_t>(3 * kTriangles + i * kSide + j);
        const auto below = static_cast<std::int32_t>(v + kSide);
        faces.insert(faces.end(), {v, v + 1, below + 1, below + 1, below, v});
      }
  }
  std::int64_t triangles() const { return static_cast<std::int64_t>(faces.size()) / 3; }
};

/// u, v and depth at a point of a triangle's plane, as rasterize() has them; `corner` [3, 3].
std::array<double, 3> visible_at(const double* corner, double x, double y) {
  const double *p = corner, *q = corner + 3, *r = corner + 6;
  const double a = p[0] - r[0], b = q[0] - r[0], c = p[1] - r[1], d = q[1] - r[1];
  const double s = ((x - r[0]) * d - (y - r[1]) * b) / (a * d - b * c);
  const double t = (a * (y - r[1]) - c * (x - r[0])) / (a * d - b * c);
  const double inverse = s / p[2] + t / q[2] + (1 - s - t) / r[2];
  return {s / p[2] / inverse, t / q[2] / inverse, 1 / inverse};
}

/// Sums over all pixels of what their triangle's corners do to them.
std::vector<double> reference(const Scene& s, const Tensor& raster, const Tensor& grad_raster) {
  const std::vector<double> r = test::to_double(raster), g = test::to_double(grad_raster);
  const std::vector<double> p = test::to_double(s.positions);
  std::vector<double> out(p.size(), 0.0);
  for (std::int64_t i = 0; i < raster.size() / 4; ++i) {
    const auto face = static_cast<std::int64_t>(r[4 * i + 3]) - 1;
    if (face < 0) continue;
    const std::int64_t image = i / (Scene::kHeight * Scene::kWidth);
    const double x = static_cast<double>(i % Scene::kWidth) + 0.5;
    const double y = static_cast<double>(i / Scene::kWidth % Scene::kHeight) + 0.5;
    double corner[9];
    std::int64_t from[9];
    for (int k = 0; k < 9; ++k) {
      from[k] = (image * Scene::kVertices + s.faces[3 * face + k / 3]) * 3 + k % 3;
      corner[k] = p[from[k]];
    }
    for (int k = 0; k < 9; ++k) {
      constexpr double kStep = 1e-6;
      const double at = corner[k];
      corner[k] = at + kStep;
      const auto above = visible_at(corner, x, y);
      corner[k] = at - kStep;
      const auto below = visible_at(corner, x, y);
      corner[k] = at;
      for (int c = 0; c < 3; ++c)
        out[from[k]] += g[4 * i + c] * (above[c] - below[c]) / (2 * kStep);
    }
  }
  return out;
}

TEST_CASE("rasterize_vjp agrees with central differences in double precision on every backend") {
  Rng rng(1);
  const Scene s(rng);
  const Tensor grad = test::uniform({Scene::kBatch, Scene::kHeight, Scene::kWidth, 4}, rng);
  std::vector<double> expected;
  test::SameBits bits;
  test::on_every_backend([&](const Context& ctx) {
    const Triangles triangles(IndexTensor::of(ctx, {s.triangles(), 3}, s.faces));
    const Tensor on = s.positions.to(ctx), on_grad = grad.to(ctx);
    Tensor raster(ctx, grad.shape()), grad_positions = test::poisoned(ctx, on.shape());
    kernels::rasterize(ctx, on.view(), triangles.index().view(), {}, raster.view());
    kernels::rasterize_vjp(ctx, on.view(), triangles.index().view(), triangles.corners(on.dim(1)),
                           raster.view(), on_grad.view(), grad_positions.view());
    // The CPU's image; others have its bits.
    if (expected.empty()) expected = reference(s, raster, grad);
    test::check_close(grad_positions, expected, {.abs = 1e-5, .rel = 1e-5});
    bits.check(ctx, grad_positions);
  });
}

}  // namespace
}  // namespace fgcn
