#include "mesh/topology.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "io/mesh/normals.h"
#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "mesh/laplacian.h"
#include "mesh/vertex_order.h"
#include "tests/mesh/shapes.h"

namespace fgcn::mesh {
namespace {

// Two triangles that share the edge 1-2, and a vertex apart from them.
const std::vector<Triangle> kPair{{0, 1, 2}, {2, 1, 3}};

}  // namespace

TEST_CASE("topology: edges, borders and triangles around a vertex") {
  const std::vector<Edge> found = edges(5, kPair);
  REQUIRE(found.size() == 5);
  CHECK(found[2].vertex == std::array<std::int32_t, 2>{1, 2});
  CHECK(found[2].triangles == 2);
  CHECK(found[0].triangles == 1);
  CHECK(border_vertices(5, kPair) == std::vector<std::uint8_t>{1, 1, 1, 1, 0});
  const VertexTriangles around = vertex_triangles(5, kPair);
  CHECK(around.around(1).size() == 2);
  CHECK(around.around(3)[0] == 1);
  CHECK(around.around(4).empty());

  const TriangleMesh closed = test::torus(9, 7);
  const auto border = border_vertices(63, closed.triangles);
  CHECK(std::count(border.begin(), border.end(), 1) == 0);
  CHECK(edges(63, closed.triangles).size() == 63 * 3);
  const TriangleMesh sheet = test::height_field(6, 5);
  const auto rim = border_vertices(30, sheet.triangles);
  CHECK(std::count(rim.begin(), rim.end(), 1) == 18);
  CHECK_THROWS_AS(edges(3, kPair), Error);
  CHECK_THROWS_AS(adjacency(3, kPair), Error);
  CHECK_THROWS_AS(vertex_triangles(3, kPair), Error);
}

TEST_CASE("adjacency: an inner edge weighs 2, a border edge 1, a repeated triangle counts again") {
  const Csr a = adjacency(5, kPair);
  CHECK(test::same(a, csr_from_triplets(5, 5,
                                        {{0, 1, 1.0},
                                         {0, 2, 1.0},
                                         {1, 0, 1.0},
                                         {1, 2, 2.0},
                                         {1, 3, 1.0},
                                         {2, 0, 1.0},
                                         {2, 1, 2.0},
                                         {2, 3, 1.0},
                                         {3, 1, 1.0},
                                         {3, 2, 1.0}})));
  std::vector<Triangle> repeated = kPair;
  repeated.push_back(kPair[0]);
  CHECK(adjacency(5, repeated).value[3] == 3.0);  // the edge 1-2
}

TEST_CASE("laplacian: its definition, an eigenvector, a vertex without edges") {
  const TriangleMesh mesh = test::height_field(7, 6);
  const Csr a = adjacency(43, mesh.triangles);  // the last vertex has no edge
  const Csr l = normalised_laplacian(a);
  CHECK(test::same(l, transpose(l)));
  std::vector<double> degree(43, 0.0);
  for (std::int64_t r = 0; r < 43; ++r)
    for (std::int32_t e = a.row_begin[r]; e < a.row_begin[r + 1]; ++e) degree[r] += a.value[e];
  // L D^1/2 1 = 0 where there are edges.
  for (std::int64_t r = 0; r < 42; ++r) {
    double sum = 0;
    for (std::int32_t e = l.row_begin[r]; e < l.row_begin[r + 1]; ++e)
      sum += l.value[e] * std::sqrt(degree[l.col[e]]);
    CHECK(std::abs(sum) <= 1e-14);
  }
  CHECK(l.row_begin[43] - l.row_begin[42] == 1);
  CHECK(l.value.back() == 1.0);

  const Csr rescaled = rescaled_laplacian(l);
  CHECK(rescaled.nnz() == a.nnz());
  CHECK(rescaled.col == a.col);
  // A self-loop (a degenerate triangle) leaves a diagonal that is not zero: it is kept.
  const Csr loop = adjacency(3, std::vector<Triangle>{{0, 1, 1}, {0, 1, 2}});
  CHECK(rescaled_laplacian(normalised_laplacian(loop)).nnz() == loop.nnz());

  CHECK_THROWS_AS(normalised_laplacian(csr_from_triplets(2, 3, {})), Error);
  CHECK_THROWS_AS(normalised_laplacian(csr_from_triplets(2, 2, {{0, 1, -1.0}})), Error);
  CHECK_THROWS_AS(rescaled_laplacian(csr_from_triplets(2, 2, {{0, 1, -1.0}})), Error);
}

TEST_CASE("normals: of a sphere they point outwards, of nothing they are zero") {
  TriangleMesh mesh = test::torus(60, 50);
  const std::vector<Vec3> normals = vertex_normals(mesh);
  for (std::size_t v = 0; v < mesh.vertices.size(); ++v) {
    const Vec3& p = mesh.vertices[v];
    const double around = std::hypot(p[0], p[1]);
    const Vec3 exact = normalised(p - Vec3{p[0] / around, p[1] / around, 0});
    CHECK(dot(normals[v], exact) > 0.999);
    CHECK(norm(normals[v]) == doctest::Approx(1.0));
  }
  mesh.vertices.push_back({1, 2, 3});
  CHECK(vertex_normals(mesh).back() == Vec3{0, 0, 0});
  // Two triangles of areas 1 and 3 at a right angle: the sum is weighted by area.
  const TriangleMesh corner{{{0, 0, 0}, {2, 0, 0}, {0, 1, 0}, {0, 0, 3}}, {{0, 1, 2}, {0, 2, 3}}};
  const Vec3 n = vertex_normals(corner)[0];
  CHECK(n[2] / n[0] == doctest::Approx(2.0 / 3.0));
}

TEST_CASE(
    "normals: of triangles without an area they are zero, of tiny and huge ones they are not") {
  Rng rng(6);
  TriangleMesh mesh;
  const auto triangle = [&](const Vec3& a, const Vec3& b, const Vec3& c) {
    const auto first = static_cast<std::int32_t>(mesh.vertices.size());
    mesh.vertices.insert(mesh.vertices.end(), {a, b, c});
    mesh.triangles.push_back({first, first + 1, first + 2});
  };
  const auto point = [&](double size) {
    return size * Vec3{rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(-1, 1)};
  };
  for (const double size : {1e-200, 1e-3, 1.0, 1e200})
    for (const double away : {0.0, 1.0, 1e6})
      for (int i = 0; i < 50; ++i) {
        const Vec3 a = point(away * size) + point(size), d = point(size);
        triangle(a, a + d, a + rng.uniform(-2, 2) * d);
        triangle(a, a, a + d);
      }
  for (const Vec3& n : vertex_normals(mesh)) CHECK(n == Vec3{0, 0, 0});
  for (const double size : {1e-300, 1e-200, 1.0, 1e200}) {
    const TriangleMesh healthy{{{0, 0, size}, {size, 0, size}, {0, 1e-6 * size, size}},
                               {{0, 1, 2}}};
    for (const Vec3& n : vertex_normals(healthy)) CHECK(norm(n - Vec3{0, 0, 1}) <= 1e-15);
  }
}

TEST_CASE("vertex order: a narrow band, from any numbering, and no vertex lost") {
  const TriangleMesh mesh = test::height_field(90, 20);
  const Csr a = adjacency(1800, mesh.triangles);
  Rng rng(5);
  VertexOrder shuffled(1800);
  for (std::int32_t i = 0; i < 1800; ++i) shuffled[i] = i;
  for (std::int64_t i = 1799; i > 0; --i) std::swap(shuffled[i], shuffled[rng.below(i + 1)]);
  const Csr mixed = permuted(a, shuffled, shuffled);
  CHECK(bandwidth(mixed) > 1500);
  const VertexOrder order = banded_order(mixed);
  const Csr narrow = permuted(mixed, order, order);
  CHECK(bandwidth(narrow) <= 45);  // the strip is 20 wide; its breadth-first layers up to 40
  CHECK(narrow.nnz() == a.nnz());
  CHECK(inverse(inverse(order)) == order);
  CHECK(test::same(permuted(narrow, inverse(order), inverse(order)), mixed));

  const TriangleMesh moved = permuted(mesh, shuffled);
  CHECK(test::same(adjacency(1800, moved.triangles), mixed));
  CHECK(moved.vertices[7] == mesh.vertices[shuffled[7]]);

  // Two components and a vertex alone; nothing at all.
  CHECK(banded_order(adjacency(7, std::vector<Triangle>{{4, 5, 6}, {0, 1, 2}})).size() == 7);
  CHECK(banded_order(Csr{0, 0, {0}, {}, {}}).empty());
  CHECK_THROWS_AS(inverse({0, 0}), Error);
  CHECK_THROWS_AS(inverse({0, 2}), Error);
  CHECK_THROWS_AS(permuted(a, order, {0}), Error);
}

}  // namespace fgcn::mesh
