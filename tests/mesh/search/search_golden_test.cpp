// Searches, visibility, subdivision and landmarks against numbers that other programs computed.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "io/arrays/npz.h"
#include "io/mesh/normals.h"
#include "io/mesh/obj.h"
#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "mesh/loop.h"
#include "mesh/search/along_normal.h"
#include "mesh/search/landmark_points.h"
#include "mesh/search/nearest_vertex.h"
#include "mesh/search/visibility.h"
#include "tests/mesh/shapes.h"
#include "tests/support/shared_data.h"

namespace fgcn::mesh {
namespace {

class Golden {
 public:
  explicit Golden(const std::filesystem::path& path)
      : where_(path.string()), arrays_(io::read_npz(path)) {}

  std::vector<double> numbers(const std::string& name) const {
    return at(arrays_, name, where_).doubles();
  }
  std::vector<std::int32_t> ints(const std::string& name) const {
    return at(arrays_, name, where_).ints();
  }
  std::vector<Vec3> points(const std::string& name) const {
    const std::vector<double> flat = numbers(name);
    std::vector<Vec3> out;
    for (std::size_t i = 0; i + 2 < flat.size(); i += 3)
      out.push_back({flat[i], flat[i + 1], flat[i + 2]});
    return out;
  }
  std::vector<Triangle> triangles(const std::string& name) const {
    const std::vector<std::int32_t> flat = ints(name);
    std::vector<Triangle> out;
    for (std::size_t i = 0; i + 2 < flat.size(); i += 3)
      out.push_back({flat[i], flat[i + 1], flat[i + 2]});
    return out;
  }

 private:
  std::string where_;
  io::Npz arrays_;
};

struct Case {
  std::string name;
  TriangleMesh mesh;
};
/// Both meshes of the golden files; fewer where the data is not here.
std::vector<Case> cases() {
  std::vector<Case> out;
  if (const auto folder = test::shared_data("golden/jitter_sphere"))
    out.push_back({"jitter_sphere", test::golden_level(*folder, 0).mesh});
  if (const auto path = test::shared_data("meshes/ict_facekit/ict_narrow_tri.obj"))
    out.push_back({"ict_narrow", triangle_mesh(read_obj(*path))});
  return out;
}

double largest(const std::vector<Vec3>& points) {
  double out = 0;
  for (const Vec3& p : points) out = std::max(out, norm(p));
  return out;
}

void check_points(const std::vector<Vec3>& found, const std::vector<Vec3>& expected,
                  double relative) {
  REQUIRE(found.size() == expected.size());
  const double bound = relative * largest(expected);
  double worst = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double error = norm(found[i] - expected[i]);
    if (!(error <= worst)) worst = error;
  }
  CHECK(worst <= bound);
}

}  // namespace

TEST_CASE("search: closest points, parts and nearest vertices are the golden ones") {
  for (const Case& k : cases()) {
    CAPTURE(k.name);
    const auto path = test::shared_data("golden/mesh/" + k.name + "_closest.npz");
    if (!path) return;
    const Golden golden(*path);
    const std::vector<Vec3> queries = golden.points("queries");
    const ClosestPointTree tree(k.mesh);
    const std::vector<ClosestPoint> found = tree.find(queries);
    const std::vector<std::int32_t> triangle = golden.ints("triangle"), part = golden.ints("part"),
                                    tie = golden.ints("tie");
    std::vector<Vec3> points;
    for (const ClosestPoint& f : found) points.push_back(f.point);
    check_points(points, golden.points("point"), 1e-14);
    std::size_t untied = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (tie[i] != 0) continue;
      ++untied;
      CHECK(found[i].triangle == triangle[i]);
      CHECK(static_cast<std::int32_t>(found[i].part) == part[i]);
    }
    CHECK(untied > 200);

    const std::vector<NearestVertex> nearest = NearestVertexTree(k.mesh.vertices).find(queries);
    const std::vector<std::int32_t> vertex = golden.ints("nearest_vertex");
    const std::vector<double> distance = golden.numbers("nearest_vertex_distance");
    for (std::size_t i = 0; i < nearest.size(); ++i) {
      CHECK(nearest[i].vertex == vertex[i]);
      CHECK(nearest[i].distance == doctest::Approx(distance[i]).epsilon(1e-14));
    }

    const std::vector<Vec3> projected = golden.points("barycentric_of_projection");
    for (std::size_t i = 0; i < queries.size(); ++i) {
      const auto& [a, b, c] = k.mesh.triangles[triangle[i]];
      const auto own = barycentric_of_projection(queries[i], k.mesh.vertices[a], k.mesh.vertices[b],
                                                 k.mesh.vertices[c]);
      CHECK(norm(own - projected[i]) <= 1e-9 * (1 + norm(projected[i])));
    }
  }
}

TEST_CASE(
    "search: the hits along normals and the closest points with normals are the golden ones") {
  for (const Case& k : cases()) {
    CAPTURE(k.name);
    const auto path = test::shared_data("golden/mesh/" + k.name + "_closest.npz");
    if (!path) return;
    const Golden golden(*path);
    const std::vector<Vec3> queries = golden.points("queries"), normals = golden.points("normals");
    const ClosestPointTree tree(k.mesh);
    const std::vector<LineHit> hits = nearest_along_normal(tree, queries, normals);
    const std::vector<std::int32_t> triangle = golden.ints("along_triangle");
    const std::vector<double> distance = golden.numbers("along_distance");
    const std::vector<Vec3> points = golden.points("along_point");
    const double size = largest(k.mesh.vertices);
    std::size_t met = 0;
    for (std::size_t i = 0; i < hits.size(); ++i) {
      CAPTURE(i);
      REQUIRE((hits[i].triangle < 0) == (triangle[i] < 0));
      // Behind the first 500, queries are vertices: all triangles there are equally near.
      if (i < 500) CHECK(hits[i].triangle == triangle[i]);
      if (triangle[i] < 0) {
        CHECK(hits[i].distance == std::numeric_limits<double>::infinity());
        continue;
      }
      ++met;
      CHECK(std::abs(hits[i].distance - distance[i]) <= 1e-12 * size);
      CHECK(norm(hits[i].point - points[i]) <= 1e-12 * size);
    }
    CHECK(met > 100);

    const std::vector<std::int32_t> with_triangle = golden.ints("with_normals_triangle");
    const std::vector<double> cost = golden.numbers("with_normals_cost"),
                              gap = golden.numbers("with_normals_gap");
    const std::vector<Vec3> with_point = golden.points("with_normals_point");
    const std::size_t first = with_triangle.size();
    const std::vector<NormalCost> found =
        nearest_with_normal(tree, std::span(queries).first(first), std::span(normals).first(first));
    for (std::size_t i = 0; i < first; ++i) {
      CHECK(std::abs(found[i].cost - cost[i]) <= 1e-13 * size);
      if (gap[i] <= 1e-12) continue;
      CHECK(found[i].at.triangle == with_triangle[i]);
      CHECK(norm(found[i].at.point - with_point[i]) <= 1e-13 * size);
    }
  }
}

TEST_CASE("search: visibility with cameras, a sensor and occluders is the golden one") {
  for (const Case& k : cases()) {
    CAPTURE(k.name);
    const auto path = test::shared_data("golden/mesh/" + k.name + "_visibility.npz");
    if (!path) return;
    const Golden golden(*path);
    const std::vector<Vec3> cameras = golden.points("cameras");
    const std::vector<Vec3> normals = vertex_normals(k.mesh);
    check_points(normals, golden.points("vertex_normals"), 1e-12);
    VisibilityOptions options{
        .min_distance = golden.numbers("min_dist")[0], .sensors = {}, .occluders = {}};
    const auto agree = [](const std::vector<std::uint8_t>& own,
                          const std::vector<std::int32_t>& expected) {
      REQUIRE(own.size() == expected.size());
      std::size_t other = 0, seen = 0;
      for (std::size_t i = 0; i < own.size(); ++i) {
        other += own[i] != expected[i] ? 1 : 0;
        seen += own[i];
      }
      CHECK(other == 0);
      CHECK(seen > 0);
      CHECK(seen < own.size());
    };
    const Visibility all = visible_vertices(k.mesh, cameras, normals, options);
    agree(all.visible, golden.ints("visible"));
    const std::vector<double> facing = golden.numbers("normal_dot_camera");
    double worst = 0;
    for (std::size_t i = 0; i < facing.size(); ++i) {
      const double error = std::abs(facing[i] - all.facing[i]);
      if (!(error <= worst)) worst = error;
    }
    CHECK(worst <= 1e-12);
    options.min_distance = golden.numbers("min_dist_big")[0];
    agree(visible_vertices(k.mesh, cameras, {}, options).visible, golden.ints("visible_big"));
    options.min_distance = golden.numbers("min_dist")[0];
    const std::vector<Vec3> axes = golden.points("sensor");
    options.sensors = {{axes[0], axes[1], axes[2]}};
    const auto camera = std::span(cameras).first(1);
    agree(visible_vertices(k.mesh, camera, {}, options).visible, golden.ints("visible_sensor"));
    options.sensors.clear();
    options.occluders = {golden.points("occluder_vertices"),
                         golden.triangles("occluder_triangles")};
    agree(visible_vertices(k.mesh, camera, {}, options).visible, golden.ints("visible_occluded"));
  }
}

TEST_CASE("subdivision: Loop and centroids are the golden ones") {
  const auto path = test::shared_data("golden/mesh/loop_closed.npz");
  if (!path) return;
  const Golden golden(*path);
  const TriangleMesh mesh{golden.points("vertices"), golden.triangles("triangles")};
  const TriangleMesh once = loop_subdivided(mesh), twice = loop_subdivided(once);
  CHECK(once.triangles == golden.triangles("loop1_triangles"));
  check_points(once.vertices, golden.points("loop1_vertices"), 1e-15);
  CHECK(twice.triangles == golden.triangles("loop2_triangles"));
  check_points(twice.vertices, golden.points("loop2_vertices"), 2e-15);
  const TriangleMesh centroids = centroid_subdivided(mesh);
  CHECK(centroids.triangles == golden.triangles("centroid_triangles"));
  check_points(centroids.vertices, golden.points("centroid_vertices"), 1e-15);
  check_points(vertex_normals(mesh), golden.points("vertex_normals"), 1e-14);
}

TEST_CASE("landmarks: the nearest vertices and the points on triangles are the golden ones") {
  const auto path = test::shared_data("golden/mesh/ict_narrow_landmarks.npz");
  const auto model = test::shared_data("meshes/ict_facekit/ict_narrow_tri.obj");
  if (!path || !model) return;
  const Golden golden(*path);
  const TriangleMesh mesh = triangle_mesh(read_obj(*model));
  const std::vector<PointOnMesh> found = points_on_mesh(mesh, golden.points("xyz"));
  const std::vector<std::int32_t> nearest = golden.ints("nearest_vertex");
  const std::vector<Triangle> corners = golden.triangles("triangle_vertices");
  const std::vector<Vec3> coefficients = golden.points("coefficients");
  std::vector<Vec3> regressed;
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK(found[i].nearest_vertex == nearest[i]);
    CHECK(found[i].corners == corners[i]);
    CHECK(norm(found[i].coefficients - coefficients[i]) <= 1e-12);
    regressed.push_back(point_of(found[i], mesh.vertices));
  }
  check_points(regressed, golden.points("regressed"), 1e-14);
}

}  // namespace fgcn::mesh
