#include "mesh/closest_point.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "mesh/sampling.h"
#include "tests/mesh/shapes.h"

namespace fgcn::mesh {
namespace {

const Vec3 kA{0, 0, 0}, kB{4, 0, 0}, kC{0, 4, 0};

}  // namespace

TEST_CASE("closest point: inside, on each side and at each corner of a triangle") {
  const struct {
    Vec3 query;
    TrianglePart part;
    std::array<double, 3> barycentric;
    double distance;
  } cases[] = {
      {{1, 1, 3}, TrianglePart::kInside, {0.5, 0.25, 0.25}, 3},
      {{1, -2, 0}, TrianglePart::kSide0, {0.75, 0.25, 0}, 2},
      {{3, 3, 0}, TrianglePart::kSide1, {0, 0.5, 0.5}, std::sqrt(2.0)},
      {{-3, 1, 4}, TrianglePart::kSide2, {0.75, 0, 0.25}, 5},
      {{-1, -1, 0}, TrianglePart::kCorner0, {1, 0, 0}, std::sqrt(2.0)},
      {{9, -1, 0}, TrianglePart::kCorner1, {0, 1, 0}, std::sqrt(26.0)},
      {{-1, 9, 0}, TrianglePart::kCorner2, {0, 0, 1}, std::sqrt(26.0)},
      {{4, 0, 0}, TrianglePart::kCorner1, {0, 1, 0}, 0},
  };
  for (const auto& k : cases) {
    const ClosestPoint found = closest_point(k.query, kA, kB, kC);
    CHECK(found.part == k.part);
    for (int i = 0; i < 3; ++i) {
      CHECK(found.barycentric[i] == doctest::Approx(k.barycentric[i]).epsilon(1e-12));
      if (k.barycentric[i] == 0) CHECK(found.barycentric[i] == 0);  // exactly
    }
    CHECK(std::sqrt(found.distance_squared) == doctest::Approx(k.distance));
  }
}

TEST_CASE("closest point: degenerate triangles are segments and points") {
  const ClosestPoint segment = closest_point({1, 2, 0}, {0, 0, 0}, {4, 0, 0}, {2, 0, 0});
  CHECK(segment.distance_squared == doctest::Approx(4.0));
  CHECK(segment.point[0] == doctest::Approx(1.0));
  const ClosestPoint point = closest_point({1, 2, 2}, {1, 0, 0}, {1, 0, 0}, {1, 0, 0});
  CHECK(point.distance_squared == doctest::Approx(8.0));
  CHECK(point.barycentric == std::array<double, 3>{1, 0, 0});
}

TEST_CASE("closest point: no point of a sampled triangle is nearer") {
  Rng rng(1);
  const auto random = [&] {
    return Vec3{rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(-1, 1)};
  };
  for (int trial = 0; trial < 300; ++trial) {
    const Vec3 a = random(), b = random(), c = random(), q = 2.0 * random();
    const ClosestPoint found = closest_point(q, a, b, c);
    const auto& [u, v, w] = found.barycentric;
    REQUIRE(u + v + w == doctest::Approx(1.0).epsilon(1e-12));
    REQUIRE(std::min({u, v, w}) >= 0);
    REQUIRE(norm(u * a + v * b + w * c - found.point) <= 1e-12);
    REQUIRE(norm(q - found.point) == doctest::Approx(std::sqrt(found.distance_squared)));
    double nearest = std::numeric_limits<double>::infinity();
    constexpr int kSteps = 40;
    for (int i = 0; i <= kSteps; ++i)
      for (int j = 0; i + j <= kSteps; ++j) {
        const double s = static_cast<double>(i) / kSteps, t = static_cast<double>(j) / kSteps;
        nearest = std::min(nearest, norm(q - ((1 - s - t) * a + s * b + t * c)));
      }
    REQUIRE(nearest >= std::sqrt(found.distance_squared) - 1e-12);
    REQUIRE(nearest <= std::sqrt(found.distance_squared) + 0.1);  // a step of the sampling
  }
}

TEST_CASE("closest point: the tree finds what a search through all triangles finds") {
  Rng rng(2);
  TriangleMesh mesh = test::height_field(13, 9, 0.3);
  const TriangleMesh other = test::torus(11, 8);
  for (const Triangle& t : other.triangles)
    mesh.triangles.push_back({t[0] + 117, t[1] + 117, t[2] + 117});
  mesh.vertices.insert(mesh.vertices.end(), other.vertices.begin(), other.vertices.end());
  std::vector<Vec3> queries = mesh.vertices;  // every one a tie between the triangles around it
  for (int k = 0; k < 500; ++k)
    queries.push_back({rng.uniform(-2, 2), rng.uniform(-2, 2), rng.uniform(-1, 1)});
  const ClosestPointTree tree(mesh);
  const std::vector<ClosestPoint> found = tree.find(queries);
  REQUIRE(found.size() == queries.size());
  for (std::size_t i = 0; i < queries.size(); ++i) {
    CAPTURE(i);
    ClosestPoint best;
    best.distance_squared = std::numeric_limits<double>::infinity();
    for (std::size_t t = 0; t < mesh.triangles.size(); ++t) {
      const auto& [a, b, c] = mesh.triangles[t];
      ClosestPoint one =
          closest_point(queries[i], mesh.vertices[a], mesh.vertices[b], mesh.vertices[c]);
      one.triangle = static_cast<std::int32_t>(t);
      if (one.distance_squared < best.distance_squared) best = one;
    }
    REQUIRE(found[i].triangle == best.triangle);
    REQUIRE(found[i].distance_squared == best.distance_squared);
    REQUIRE(found[i].barycentric == best.barycentric);
  }
}

TEST_CASE("closest point: bad calls are refused") {
  const TriangleMesh mesh = test::height_field(3, 3);
  CHECK_THROWS_AS(ClosestPointTree(TriangleMesh{mesh.vertices, {}}), Error);
  TriangleMesh bad = mesh;
  bad.vertices[4][2] = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(ClosestPointTree{bad}, Error);
  bad.vertices[4][2] = 1e200;
  CHECK_THROWS_AS(ClosestPointTree{bad}, Error);
  const ClosestPointTree tree(mesh);
  CHECK_THROWS_AS(tree.find(Vec3{0, std::numeric_limits<double>::infinity(), 0}), Error);
  const std::vector<Vec3> queries{{0, 0, 0}, {0, std::nan(""), 0}};
  CHECK_THROWS_AS(tree.find(queries), Error);
  CHECK(tree.find(std::vector<Vec3>{}).empty());
}

TEST_CASE("sampling: U reproduces linear functions on a plane, D selects") {
  // On a flat sheet barycentric interpolation of a linear function is exact.
  TriangleMesh fine = test::height_field(9, 7, 0.3);
  for (Vec3& p : fine.vertices) p[2] = 0;
  TriangleMesh coarse = test::height_field(3, 3);
  for (Vec3& p : coarse.vertices) p = {1.2 * p[0] - 0.1, 1.2 * p[1] - 0.1, 0};
  const Csr u = unpool_matrix(fine.vertices, coarse, UnpoolRule::kBarycentric);
  const auto linear = [](const Vec3& p) { return 3 * p[0] - 2 * p[1] + 0.5; };
  for (std::size_t v = 0; v < fine.vertices.size(); ++v) {
    REQUIRE(u.row_begin[v + 1] - u.row_begin[v] == 3);
    double sum = 0;
    for (std::int32_t e = u.row_begin[v]; e < u.row_begin[v + 1]; ++e)
      sum += u.value[e] * linear(coarse.vertices[u.col[e]]);
    CHECK(sum == doctest::Approx(linear(fine.vertices[v])).epsilon(1e-12));
  }
  const std::vector<std::int32_t> kept{4, 1};
  CHECK(test::same(selection_matrix(kept, 6), csr_from_triplets(2, 6, {{0, 4, 1.0}, {1, 1, 1.0}})));
  CHECK_THROWS_AS(selection_matrix(kept, 4), Error);
  CHECK_THROWS_AS(
      unpool_matrix(fine.vertices, {coarse.vertices, {{1, 1, 2}}}, UnpoolRule::kBarycentric),
      Error);
}

}  // namespace fgcn::mesh
