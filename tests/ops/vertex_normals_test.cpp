#include "autograd/ops/vertex_normals.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>

#include "kernels/vertex_normals/vertex_normals.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

// A fan around vertex 0, a triangle seen from behind, a degenerate triangle and a vertex without
// any.
const std::vector<std::int32_t> kTriangles{0, 1, 2, 0, 2, 3, 0, 3, 4, 5, 3, 2, 6, 6, 1};
constexpr std::int64_t kVertices = 8;

std::vector<double> reference(const std::vector<double>& x, std::int64_t batch,
                              std::int64_t vertices, const std::vector<std::int32_t>& triangles) {
  std::vector<double> sum(x.size(), 0.0);
  for (std::int64_t n = 0; n < batch; ++n) {
    for (std::size_t f = 0; f < triangles.size() / 3; ++f) {
      std::array<const double*, 3> p{};
      for (int k = 0; k < 3; ++k) p[k] = &x[(n * vertices + triangles[3 * f + k]) * 3];
      double u[3], w[3];
      for (int c = 0; c < 3; ++c) {
        u[c] = p[0][c] - p[1][c];
        w[c] = p[1][c] - p[2][c];
      }
      for (int k = 0; k < 3; ++k)
        for (int c = 0; c < 3; ++c)
          sum[(n * vertices + triangles[3 * f + k]) * 3 + c] +=
              u[(c + 1) % 3] * w[(c + 2) % 3] - u[(c + 2) % 3] * w[(c + 1) % 3];
    }
  }
  for (std::size_t v = 0; v < sum.size() / 3; ++v) {
    const double length = std::hypot(sum[3 * v], sum[3 * v + 1], sum[3 * v + 2]);
    for (int c = 0; c < 3; ++c) sum[3 * v + c] = length > 0 ? sum[3 * v + c] / length : 0;
  }
  return sum;
}

/// Two triangles a cell of a grid, `side` vertices along a side.
std::vector<std::int32_t> grid_triangles(std::int32_t side) {
  std::vector<std::int32_t> out;
  for (std::int32_t row = 0; row + 1 < side; ++row) {
    for (std::int32_t col = 0; col + 1 < side; ++col) {
      const std::int32_t v = row * side + col;
      out.insert(out.end(), {v, v + side, v + 1, v + 1, v + side, v + side + 1});
    }
  }
  return out;
}

/// A grid's vertices, shaken and lifted: [batch, side * side, 3].
Tensor grid_positions(std::int64_t batch, std::int32_t side, Rng& rng) {
  std::vector<double> out;
  for (std::int64_t i = 0; i < batch * side * side; ++i) {
    out.insert(out.end(), {static_cast<double>(i % side) + rng.uniform(-0.2, 0.2),
                           static_cast<double>(i / side % side) + rng.uniform(-0.2, 0.2),
                           rng.uniform(-0.5, 0.5)});
  }
  return Tensor::of(Context(), {batch, side * side, 3}, out);
}

TEST_CASE("vertex normals agree with a loop over triangles; an isolated vertex has none") {
  Rng rng(1);
  const auto check = [](const Tensor& x, const std::vector<std::int32_t>& triangles) {
    const std::int64_t vertices = x.dim(1);
    const std::vector<double> expected =
        reference(test::to_double(x), x.dim(0), vertices, triangles);
    test::SameBits bits;
    test::on_every_backend([&](const Context& ctx) {
      const Triangles mesh(ctx, vertices, triangles);
      const Tensor on_x = x.to(ctx);
      Tensor y = test::poisoned(ctx, x.shape());
      kernels::vertex_normals(ctx, mesh.index().view(), mesh.corners(vertices), on_x.view(),
                              y.view());
      test::check_close(y, expected);
      bits.check(ctx, y);
    });
  };
  check(test::uniform({2, kVertices, 3}, rng), kTriangles);
  // More vertices than a block of a GPU holds.
  check(grid_positions(3, 17, rng), grid_triangles(17));
}

TEST_CASE("the gradient of vertex normals is that of central differences on every backend") {
  Rng rng(2);
  const auto on_mesh = [](std::int64_t vertices, const std::vector<std::int32_t>& triangles) {
    return [=](const Vars& v) {
      return ops::vertex_normals(Triangles(v[0].tape().context(), vertices, triangles), v[0]);
    };
  };
  const Tensor x = test::uniform({2, kVertices, 3}, rng);
  test::check_grad(on_mesh(kVertices, kTriangles), {x});
  test::check_grad_on_every_backend(on_mesh(kVertices, kTriangles), {x}, 1,
                                    {.abs = 1e-4, .rel = 1e-5});
  test::check_grad_on_every_backend(on_mesh(17 * 17, grid_triangles(17)),
                                    {grid_positions(3, 17, rng)}, 1);
}

TEST_CASE("vertex normals name the argument that does not fit") {
  Rng rng(3);
  const Context ctx;
  const Triangles mesh(ctx, kVertices, kTriangles);
  const Tensor x = test::uniform({1, kVertices, 3}, rng), few = test::uniform({1, 7, 3}, rng),
               flat = test::uniform({1, kVertices, 2}, rng);
  Tensor y(ctx, x.shape());
  CHECK_THROWS_WITH_AS(kernels::vertex_normals(ctx, mesh.index().view(), mesh.corners(kVertices),
                                               few.view(), y.view()),
                       doctest::Contains("x is [1, 7, 3] but the mesh has 8 vertices"), Error);
  CHECK_THROWS_WITH_AS(kernels::vertex_normals(ctx, mesh.index().view(), mesh.corners(kVertices),
                                               flat.view(), y.view()),
                       doctest::Contains("expected [N, V, 3]"), Error);
  CHECK_THROWS_WITH_AS(
      kernels::vertex_normals_adjoint(ctx, mesh.index().view(), mesh.corners(kVertices), x.view(),
                                      few.view(), y.view(), y.view()),
      doctest::Contains("grad_y is [1, 7, 3]"), Error);
  CHECK_THROWS_WITH_AS(Triangles(ctx, 4, {0, 1, 4}),
                       doctest::Contains("a triangle has vertex 4 of 4"), Error);
}

}  // namespace
}  // namespace fgcn
