// Searches in the tree of boxes: against a look at every triangle, far away, tiny, degenerate.
#include <doctest/doctest.h>
#include <omp.h>

#include <cmath>
#include <limits>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "mesh/search/along_normal.h"
#include "mesh/search/intersections.h"
#include "mesh/search/nearest_vertex.h"
#include "mesh/search/ray.h"
#include "mesh/search/visibility.h"
#include "tests/mesh/shapes.h"

namespace fgcn::mesh {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Vec3 random_point(Rng& rng) {
  return {rng.uniform(-1.5, 1.5), rng.uniform(-1.5, 1.5), rng.uniform(-1.5, 1.5)};
}

/// A torus in any unit and place, with a triangle without area.
TriangleMesh placed(double scale, double offset) {
  TriangleMesh out = test::torus(17, 9);
  out.triangles.push_back({3, 3, 7});
  for (Vec3& p : out.vertices) p = scale * (p + Vec3{offset, -2 * offset, 0.5 * offset});
  return out;
}

struct Place {
  const char* name;
  double scale, offset;
};
constexpr Place kPlaces[] = {
    {"as it is", 1, 0}, {"tiny", 1e-25, 0}, {"huge", 1e30, 0}, {"far away", 1, 1e5}};

}  // namespace

TEST_CASE("search: what the tree finds in any unit and place is what a look at all finds") {
  for (const Place& place : kPlaces) {
    CAPTURE(place.name);
    const TriangleMesh mesh = placed(place.scale, place.offset);
    const ClosestPointTree tree(mesh);
    const NearestVertexTree points(mesh.vertices);
    Rng rng(5);
    std::size_t met = 0;
    for (int i = 0; i < 300; ++i) {
      const Vec3 query = place.scale * (random_point(rng) +
                                        Vec3{place.offset, -2 * place.offset, 0.5 * place.offset});
      const Vec3 normal = normalised(random_point(rng));
      double closest = kInfinity, along = kInfinity, nearest = kInfinity, cost = kInfinity;
      const double weight = 0.1 * place.scale;
      for (const auto& [ia, ib, ic] : mesh.triangles) {
        const Vec3 &a = mesh.vertices[ia], &b = mesh.vertices[ib], &c = mesh.vertices[ic];
        const double d = closest_point(query, a, b, c).distance_squared;
        closest = std::min(closest, d);
        const Vec3 facing = normalised(cross(b - a, c - a));
        cost = std::min(cost, std::sqrt(d) + weight * (1 - dot(normal, facing)));
        for (const double way : {1.0, -1.0})
          if (const auto t = Ray(query, way * normal).meets(a, b, c)) along = std::min(along, *t);
      }
      for (const Vec3& p : mesh.vertices) nearest = std::min(nearest, norm(query - p));
      CHECK(tree.find(query).distance_squared == closest);
      CHECK(points.find(query).distance == nearest);
      CHECK(nearest_with_normal(tree, query, normal, weight).cost == cost);
      const LineHit hit = nearest_along_normal(tree, query, normal);
      met += hit.triangle >= 0 ? 1 : 0;
      // The unit normal is made once more: t differs by its rounding.
      if (along < kInfinity) {
        CHECK(hit.distance == doctest::Approx(along).epsilon(1e-9));
      } else {
        CHECK(hit.distance == kInfinity);
      }
    }
    CHECK(met > 30);
    CHECK(met < 300);
  }
}

TEST_CASE("search: any number of threads gives the same bits") {
  const TriangleMesh mesh = test::torus(60, 41);
  Rng rng(3);
  std::vector<Vec3> queries, normals;
  for (int i = 0; i < 500; ++i) {
    queries.push_back(random_point(rng));
    normals.push_back(normalised(random_point(rng)));
  }
  struct Result {
    std::vector<double> numbers;
    std::vector<std::uint8_t> visible;
  };
  const auto run = [&](int threads) {
    const int before = omp_get_max_threads();
    omp_set_num_threads(threads);
    const ClosestPointTree tree(mesh);
    Result out;
    for (const ClosestPoint& f : tree.find(queries))
      out.numbers.insert(out.numbers.end(), {double(f.triangle), f.distance_squared});
    for (const LineHit& f : nearest_along_normal(tree, queries, normals))
      out.numbers.insert(out.numbers.end(), {double(f.triangle), f.distance});
    for (const NearestVertex& f : NearestVertexTree(mesh.vertices).find(queries))
      out.numbers.insert(out.numbers.end(), {double(f.vertex), f.distance});
    for (const std::int32_t t : intersecting_triangles(tree, placed(1, 0.3)))
      out.numbers.push_back(t);
    out.visible = visible_vertices(mesh, std::span(queries).first(3), {}).visible;
    omp_set_num_threads(before);
    return out;
  };
  const Result one = run(1);
  for (const int threads : {2, 5}) {
    const Result more = run(threads);
    CHECK(more.numbers == one.numbers);
    CHECK(more.visible == one.visible);
  }
}

TEST_CASE("search: a ray through an edge, a corner or beside the mesh") {
  // Two triangles that share the diagonal of a square in the plane z = 0.
  const TriangleMesh square{{{0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {0, 1, 0}}, {{0, 1, 2}, {0, 2, 3}}};
  const ClosestPointTree tree(square);
  for (const Vec3& from : {Vec3{0.5, 0.5, 2}, Vec3{0, 0, 2}, Vec3{0.3, 0.3, -2}, Vec3{1, 0.5, 2}}) {
    const LineHit hit = nearest_along_normal(tree, from, {0, 0, 3});
    CHECK(hit.triangle == 0);  // the lower of both, where both are met
    CHECK(hit.distance == doctest::Approx(2));
  }
  CHECK(nearest_along_normal(tree, {1.001, 0.5, 2}, {0, 0, 1}).triangle == -1);
  CHECK(nearest_along_normal(tree, {0.5, 0.5, 0}, {1, 0, 0}).triangle == -1);  // from the side
  CHECK(norm(nearest_along_normal(tree, {2, 3, 4}, {1, 0, 0}).point - Vec3{2, 3, 4}) == 0);
}

TEST_CASE("search: of equally near vertices and triangles the first is found") {
  Rng rng(9);
  std::vector<Vec3> points;
  for (int i = 0; i < 40; ++i) points.push_back(random_point(rng));
  const std::vector<Vec3> once = points;
  for (int k = 0; k < 3; ++k) points.insert(points.end(), once.rbegin(), once.rend());
  const NearestVertexTree tree(points);
  TriangleMesh mesh = test::torus(9, 7);
  const std::vector<Triangle> triangles = mesh.triangles;
  for (int k = 0; k < 2; ++k)
    mesh.triangles.insert(mesh.triangles.end(), triangles.rbegin(), triangles.rend());
  const ClosestPointTree surface(mesh);
  for (int i = 0; i < 40; ++i) {
    CHECK(tree.find(once[i]).vertex == i);
    CHECK(tree.find(once[i]).distance == 0);
    CHECK(surface.find(once[i]).triangle < static_cast<std::int32_t>(triangles.size()));
  }
}

TEST_CASE("search: triangles that cross, touch, lie in each other or miss") {
  using T = std::array<Vec3, 3>;
  const T base{{{0, 0, 0}, {4, 0, 0}, {0, 4, 0}}};
  const struct {
    const char* name;
    T other;
    bool meets;
  } cases[] = {
      {"through the middle", {{{1, 1, -1}, {1, 1, 1}, {2, 1, 1}}}, true},
      {"its plane beside it", {{{5, 5, -1}, {5, 5, 1}, {6, 5, 1}}}, false},
      {"above", {{{1, 1, 0.5}, {1, 1, 1}, {2, 1, 1}}}, false},
      {"a corner on the area", {{{1, 1, 0}, {1, 1, 1}, {2, 1, 1}}}, true},
      {"a corner on a corner", {{{4, 0, 0}, {5, 0, 1}, {5, 1, 1}}}, true},
      {"an edge shared", {{{0, 0, 0}, {4, 0, 0}, {2, -1, 2}}}, true},
      {"an edge within the area", {{{1, 1, 0}, {2, 1, 0}, {1, 1, 3}}}, true},
      {"flat, overlapping", {{{1, 1, 0}, {5, 1, 0}, {1, 5, 0}}}, true},
      {"flat, inside", {{{1, 1, 0}, {1.5, 1, 0}, {1, 1.5, 0}}}, true},
      {"flat, beside", {{{3, 3, 0}, {4, 3, 0}, {3, 4, 0}}}, false},
      {"flat, parallel", {{{1, 1, 1e-9}, {1.5, 1, 1e-9}, {1, 1.5, 1e-9}}}, false},
      {"a segment through", {{{1, 1, -1}, {1, 1, 1}, {1, 1, 1}}}, true},
      {"a segment beside", {{{3, 3, -1}, {3, 3, 1}, {3, 3, 1}}}, false},
      {"a point on it", {{{1, 1, 0}, {1, 1, 0}, {1, 1, 0}}}, true},
      {"a point off it", {{{1, 1, 1}, {1, 1, 1}, {1, 1, 1}}}, false},
  };
  const T segment{{{0, 0, 0}, {2, 2, 2}, {2, 2, 2}}};
  CHECK(triangles_meet(segment, {{{0, 2, 2}, {2, 0, 0}, {1, 1, 1}}}));
  CHECK_FALSE(triangles_meet(segment, {{{0, 2, 1}, {2, 0, 1.5}, {2, 0, 1.5}}}));
  for (const auto& k : cases) {
    CAPTURE(std::string(k.name));
    for (int turn = 0; turn < 3; ++turn) {
      const T turned{k.other[turn], k.other[(turn + 1) % 3], k.other[(turn + 2) % 3]};
      const T flipped{turned[0], turned[2], turned[1]};
      CHECK(triangles_meet(base, turned) == k.meets);
      CHECK(triangles_meet(turned, base) == k.meets);
      CHECK(triangles_meet(base, flipped) == k.meets);
    }
  }
}

TEST_CASE("search: the triangles that meet a mesh are those that meet one of its triangles") {
  const TriangleMesh mesh = test::torus(14, 9), other = placed(0.8, 0.4);
  std::vector<std::int32_t> expected;
  const auto corners = [](const TriangleMesh& m, const Triangle& t) {
    return std::array<Vec3, 3>{m.vertices[t[0]], m.vertices[t[1]], m.vertices[t[2]]};
  };
  for (std::size_t t = 0; t < other.triangles.size(); ++t)
    for (const Triangle& u : mesh.triangles)
      if (triangles_meet(corners(other, other.triangles[t]), corners(mesh, u))) {
        expected.push_back(static_cast<std::int32_t>(t));
        break;
      }
  CHECK(expected.size() > 10);
  CHECK(expected.size() < other.triangles.size());
  CHECK(intersecting_triangles(ClosestPointTree(mesh), other) == expected);
}

TEST_CASE("search: bad calls are refused, and empty ones answered") {
  const TriangleMesh mesh = test::torus(5, 4);
  const ClosestPointTree tree(mesh);
  CHECK_THROWS_AS(nearest_along_normal(tree, {0, 0, 0}, {0, 0, 0}), Error);
  CHECK_THROWS_AS(nearest_along_normal(tree, {0, kNan, 0}, {0, 0, 1}), Error);
  CHECK_THROWS_AS(nearest_along_normal(tree, {0, 0, 0}, {0, 0, kInfinity}), Error);
  CHECK_THROWS_AS(nearest_with_normal(tree, {0, 0, 0}, {0, 0, 2}), Error);
  CHECK_THROWS_AS(nearest_with_normal(tree, {0, 0, 0}, {0, 0, 1}, -1), Error);
  const std::vector<Vec3> two(2), three(3);
  CHECK_THROWS_AS(nearest_with_normal(tree, two, three), Error);
  CHECK_THROWS_AS(NearestVertexTree(std::vector<Vec3>{}), Error);
  CHECK_THROWS_AS(NearestVertexTree(std::vector<Vec3>{{0, kNan, 0}}), Error);
  CHECK_THROWS_AS(NearestVertexTree(two).find(Vec3{kNan, 0, 0}), Error);
  TriangleMesh broken = mesh;
  broken.vertices[7][1] = kNan;
  CHECK_THROWS_AS(visible_vertices(broken, two, {}), Error);
  CHECK_THROWS_AS(intersecting_triangles(tree, broken), Error);
  CHECK_THROWS_AS(visible_vertices(mesh, two, two), Error);
  CHECK_THROWS_AS(
      visible_vertices(mesh, two, {}, {.min_distance = -1, .sensors = {}, .occluders = {}}), Error);
  CHECK_THROWS_AS(visible_vertices(mesh, two, {}, {.sensors = {Sensor{}}, .occluders = {}}), Error);
  CHECK(visible_vertices(mesh, {}, {}).visible.empty());
  CHECK(visible_vertices({}, two, {}).visible.empty());
  // A camera at a vertex, and points without triangles.
  const TriangleMesh points{{{0, 0, 0}, {1, 0, 0}}, {}};
  const Visibility seen = visible_vertices(points, std::vector<Vec3>{{1, 0, 0}}, two);
  CHECK(seen.visible == std::vector<std::uint8_t>{1, 1});
  CHECK(seen.facing[1] == 0);
}

}  // namespace fgcn::mesh
