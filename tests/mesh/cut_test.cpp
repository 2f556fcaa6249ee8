// A surface cut along a level line: smoothed values, vertices on the line, pieces of triangles.
#include "mesh/cut.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "mesh/topology.h"
#include "tests/mesh/shapes.h"

namespace fgcn::mesh {
namespace {

std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

double area(const std::vector<Vec3>& points, const Triangle& t) {
  return norm(cross(points[index(t[1])] - points[index(t[0])],
                    points[index(t[2])] - points[index(t[0])])) /
         2;
}

std::vector<Vec3> points_of(const CutMesh& cut, const std::vector<Vec3>& points) {
  std::vector<Vec3> out;
  for (const CutVertex& v : cut.vertices)
    out.push_back((1 - v.t) * points[index(v.inner)] + v.t * points[index(v.outer)]);
  return out;
}

}  // namespace

TEST_CASE("cut: a plane through a square leaves the exact area below it, and no crack") {
  const TriangleMesh mesh = test::height_field(9, 7);
  std::vector<double> value;
  for (const Vec3& p : mesh.vertices) value.push_back(p[0] + 0.3 * p[1]);  // linear: exact
  const CutMesh cut = cut_below(mesh.triangles, value, 0.6);
  const std::vector<Vec3> points = points_of(cut, mesh.vertices);
  REQUIRE(cut.sources.size() == cut.triangles.size());
  double flat = 0;
  for (std::size_t t = 0; t < cut.triangles.size(); ++t) {
    const Triangle& piece = cut.triangles[t];
    Vec3 normal = cross(points[index(piece[1])] - points[index(piece[0])],
                        points[index(piece[2])] - points[index(piece[0])]);
    CHECK(normal[2] > 0);  // turned as it was
    flat += normal[2] / 2;
    // A piece lies in its source's plane.
    const Triangle& source = mesh.triangles[index(cut.sources[t])];
    const Vec3 across =
        normalised(cross(mesh.vertices[index(source[1])] - mesh.vertices[index(source[0])],
                         mesh.vertices[index(source[2])] - mesh.vertices[index(source[0])]));
    for (const std::int32_t v : piece)
      CHECK(std::abs(dot(across, points[index(v)] - mesh.vertices[index(source[0])])) < 1e-12);
  }
  CHECK(flat == doctest::Approx(0.6 - 0.15).epsilon(1e-9));  // x < 0.6 - 0.3 y
  bool own = true;
  for (const CutVertex& v : cut.vertices) {
    CHECK((own || v.t > 0));
    own = own && v.t == 0;
    const double at = (1 - v.t) * value[index(v.inner)] + v.t * value[index(v.outer)];
    if (v.t > 0) CHECK(at == doctest::Approx(0.6));
    CHECK(at < 0.6 + 1e-12);
  }
  CHECK_FALSE(own);
  // Every edge inside is that of two triangles: its ends are all on the square's border or the
  // line.
  for (const Edge& e : edges(static_cast<std::int64_t>(points.size()), cut.triangles)) {
    CHECK(e.triangles <= 2);
    if (e.triangles == 2) continue;
    const Vec3 &a = points[index(e.vertex[0])], &b = points[index(e.vertex[1])];
    const auto on_line = [](const Vec3& p) { return std::abs(p[0] + 0.3 * p[1] - 0.6) < 1e-12; };
    const bool border = (a[0] == 0 && b[0] == 0) || (a[1] == 0 && b[1] == 0) ||
                        (a[1] == 1 && b[1] == 1) || (on_line(a) && on_line(b));
    CHECK(border);
  }
}

TEST_CASE("cut: all, nothing, a vertex on the line, a line along an edge") {
  const std::vector<Triangle> two{{0, 1, 2}, {2, 1, 3}};
  CHECK(cut_below(two, std::vector<double>{0, 0, 0, 0}, 0.5).triangles == two);
  CHECK(cut_below(two, std::vector<double>{1, 1, 1, 1}, 0.5).triangles.empty());
  CHECK(cut_below(two, std::vector<double>{1, 1, 1, 1}, 0.5).vertices.empty());
  // Through the shared edge: one triangle is left whole.
  const CutMesh along = cut_below(two, std::vector<double>{0, 0.5, 0.5, 1}, 0.5);
  REQUIRE(along.triangles.size() == 1);
  CHECK(along.sources == std::vector<std::int32_t>{0});
  CHECK(along.vertices.size() == 3);
  for (const CutVertex& v : along.vertices) CHECK(v.t == 0);
  // Through a vertex and the side across.
  const CutMesh through =
      cut_below(std::vector<Triangle>{{0, 1, 2}}, std::vector<double>{0.5, 0, 2}, 0.5);
  REQUIRE(through.triangles.size() == 1);
  REQUIRE(through.vertices.size() == 3);
  CHECK(through.vertices[2].inner == 1);
  CHECK(through.vertices[2].outer == 2);
  CHECK(through.vertices[2].t == 0.25);
  CHECK_THROWS_WITH_AS(cut_below(two, std::vector<double>{0, 0, 0}, 0.5),
                       doctest::Contains("names vertex 3 of 3"), Error);
}

TEST_CASE("cut: copies along a seam are cut in one place") {
  TriangleMesh mesh = test::height_field(6, 6, 0.5);
  const auto vertices = static_cast<std::int32_t>(mesh.vertices.size());
  std::vector<double> value;
  for (const Vec3& p : mesh.vertices) value.push_back(p[0] * p[0] + 0.7 * p[1]);
  // The triangles of every other row have copies of all their vertices, in reverse order.
  for (std::int32_t v = vertices; v-- > 0;) {
    mesh.vertices.push_back(mesh.vertices[index(v)]);
    value.push_back(value[index(v)]);
  }
  for (std::size_t t = 0; t < mesh.triangles.size(); ++t)
    if (t / 10 % 2 == 0)
      for (std::int32_t& v : mesh.triangles[t]) v = 2 * vertices - 1 - v;
  const CutMesh cut = cut_below(mesh.triangles, value, 0.5);
  const std::vector<Vec3> points = points_of(cut, mesh.vertices);
  std::size_t twice = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (cut.vertices[i].t == 0) continue;
    for (std::size_t j = i + 1; j < points.size(); ++j) {
      const double apart = norm(points[i] - points[j]);
      CHECK((apart == 0 || apart > 1e-6));
      twice += apart == 0 ? 1 : 0;
    }
  }
  CHECK(twice >= 2);
}

TEST_CASE("cut: vertices near the line are put on it, and it then goes through them") {
  const TriangleMesh mesh = test::height_field(12, 12, 0.4, 5);
  std::vector<double> value;
  for (const Vec3& p : mesh.vertices) value.push_back(std::hypot(p[0] - 0.5, p[1] - 0.5));
  const double level = 0.35, nearest = 0.1;
  const auto least = [&](const std::vector<double>& values) {
    double out = 1;
    for (const CutVertex& v : cut_below(mesh.triangles, values, level).vertices)
      if (v.t > 0) out = std::min({out, v.t, 1 - v.t});
    return out;
  };
  std::vector<double> snapped = value;
  REQUIRE(least(value) < nearest);
  snap_to_level(mesh.triangles, level, nearest, snapped);
  CHECK(least(snapped) >= nearest);
  std::size_t moved = 0;
  for (std::size_t v = 0; v < value.size(); ++v) {
    if (value[v] == snapped[v]) continue;
    CHECK(snapped[v] == level);
    ++moved;
  }
  CHECK(moved > 0);
  CHECK(moved < value.size() / 4);
}

TEST_CASE("cut: what has spread keeps its sum and its range, and a step becomes a slope") {
  const TriangleMesh mesh = test::height_field(60, 20);
  std::vector<double> step;
  for (const Vec3& p : mesh.vertices) step.push_back(p[0] > 0.5 ? 1 : 0);
  std::vector<double> weight(step.size(), 0);
  for (const Triangle& t : mesh.triangles)
    for (const std::int32_t v : t) weight[index(v)] += area(mesh.vertices, t) / 3;
  const auto sum = [&](const std::vector<double>& values) {
    double out = 0;
    for (std::size_t v = 0; v < values.size(); ++v) out += weight[v] * values[v];
    return out;
  };
  double before = 0;  // the slope in the middle, 1 / length
  for (const double length : {0.05, 0.1, 0.2}) {
    CAPTURE(length);
    const std::vector<double> u = diffused(mesh, step, length);
    CHECK(sum(u) == doctest::Approx(sum(step)).epsilon(1e-9));
    CHECK(*std::min_element(u.begin(), u.end()) > -1e-12);
    CHECK(*std::max_element(u.begin(), u.end()) < 1 + 1e-12);
    const std::size_t left = 25 * 20 + 10, right = 34 * 20 + 10;
    const double slope = (u[right] - u[left]) / norm(mesh.vertices[right] - mesh.vertices[left]);
    CHECK(slope > 0);
    if (before > 0) CHECK(slope < 0.75 * before);
    before = slope;
  }
  const std::vector<double> still = diffused(mesh, step, 0);
  for (std::size_t v = 0; v < step.size(); ++v) CHECK(std::abs(still[v] - step[v]) < 1e-12);
  // A component of its own keeps its value, and so does a vertex without a triangle.
  TriangleMesh apart{{{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {5, 0, 0}, {6, 0, 0}, {5, 1, 0}, {9, 9, 9}},
                     {{0, 1, 2}, {3, 4, 5}}};
  const std::vector<double> values = diffused(apart, {0, 0, 0, 1, 1, 1, 0.25}, 3);
  for (std::size_t v = 0; v < 3; ++v) CHECK(values[v] == doctest::Approx(0));
  for (std::size_t v = 3; v < 6; ++v) CHECK(values[v] == doctest::Approx(1));
  CHECK(values[6] == 0.25);
  CHECK_THROWS_AS(diffused(mesh, {1, 2}, 0.1), Error);
}

}  // namespace fgcn::mesh
