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

std::vector<double> reference(const std::vector<double>& x, std::int64_t batch) {
  std::vector<double> sum(x.size(), 0.0);
  for (std::int64_t n = 0; n < batch; ++n) {
    for (std::size_t f = 0; f < kTriangles.size() / 3; ++f) {
      std::array<const double*, 3> p{};
      for (int k = 0; k < 3; ++k) p[k] = &x[(n * kVertices + kTriangles[3 * f + k]) * 3];
      double u[3], w[3];
      for (int c = 0; c < 3; ++c) {
        u[c] = p[0][c] - p[1][c];
        w[c] = p[1][c] - p[2][c];
      }
      for (int k = 0; k < 3; ++k)
        for (int c = 0; c < 3; ++c)
          sum[(n * kVertices + kTriangles[3 * f + k]) * 3 + c] +=
              u[(c + 1) % 3] * w[(c + 2) % 3] - u[(c + 2) % 3] * w[(c + 1) % 3];
    }
  }
  for (std::size_t v = 0; v < sum.size() / 3; ++v) {
    const double length = std::hypot(sum[3 * v], sum[3 * v + 1], sum[3 * v + 2]);
    for (int c = 0; c < 3; ++c) sum[3 * v + c] = length > 0 ? sum[3 * v + c] / length : 0;
  }
  return sum;
}

TEST_CASE("vertex normals agree with a loop over triangles; an isolated vertex has none") {
  Rng rng(1);
  const Tensor x = test::uniform({2, kVertices, 3}, rng);
  for (const int threads : {1, 3}) {
    const Context ctx(Device::kCpu, threads);
    const Triangles mesh(ctx, kVertices, kTriangles);
    Tensor y = test::poisoned(ctx, x.shape());
    kernels::vertex_normals(ctx, mesh.faces().view(), mesh.corners(kVertices), x.view(), y.view());
    test::check_close(y, reference(test::to_double(x), 2));
  }
}

TEST_CASE("the gradient of vertex normals is that of central differences") {
  Rng rng(2);
  const Triangles mesh(Context(), kVertices, kTriangles);
  test::check_grad([&](const Vars& v) { return ops::vertex_normals(mesh, v[0]); },
                   {test::uniform({2, kVertices, 3}, rng)});
}

TEST_CASE("vertex normals name the argument that does not fit") {
  Rng rng(3);
  const Context ctx;
  const Triangles mesh(ctx, kVertices, kTriangles);
  const Tensor x = test::uniform({1, kVertices, 3}, rng), few = test::uniform({1, 7, 3}, rng),
               flat = test::uniform({1, kVertices, 2}, rng);
  Tensor y(ctx, x.shape());
  CHECK_THROWS_WITH_AS(kernels::vertex_normals(ctx, mesh.faces().view(), mesh.corners(kVertices),
                                               few.view(), y.view()),
                       doctest::Contains("x is [1, 7, 3] but the mesh has 8 vertices"), Error);
  CHECK_THROWS_WITH_AS(kernels::vertex_normals(ctx, mesh.faces().view(), mesh.corners(kVertices),
                                               flat.view(), y.view()),
                       doctest::Contains("expected [N, V, 3]"), Error);
  CHECK_THROWS_WITH_AS(
      kernels::vertex_normals_adjoint(ctx, mesh.faces().view(), mesh.corners(kVertices), x.view(),
                                      few.view(), y.view(), y.view()),
      doctest::Contains("grad_y is [1, 7, 3]"), Error);
  CHECK_THROWS_WITH_AS(Triangles(ctx, 4, {0, 1, 4}),
                       doctest::Contains("a triangle has vertex 4 of 4"), Error);
}

}  // namespace
}  // namespace fgcn
