// Surfaces laid flat: what can be flat without stretch becomes so, nothing turns over, an axis
// stays.
#include "mesh/flatten.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "kernels/core/rng.h"

namespace fgcn::mesh {
namespace {

constexpr std::int32_t kSide = 9;

/// A grid of quads over [0, 1]^2.
Polygons grid() {
  Polygons out;
  out.vertices = kSide * kSide;
  for (std::int32_t i = 0; i + 1 < kSide; ++i)
    for (std::int32_t j = 0; j + 1 < kSide; ++j) {
      const std::int32_t a = kSide * i + j;
      out.vertex.insert(out.vertex.end(), {a, a + kSide, a + kSide + 1, a + 1});
      out.begin.push_back(static_cast<std::int32_t>(out.vertex.size()));
    }
  return out;
}

Vec2 at(std::int32_t v) {
  return {static_cast<double>(v / kSide) / (kSide - 1),
          static_cast<double>(v % kSide) / (kSide - 1)};
}

template <class Surface>
std::vector<Vec3> positions(const Surface& surface) {
  std::vector<Vec3> out;
  for (std::int32_t v = 0; v < kSide * kSide; ++v) out.push_back(surface(at(v)[0], at(v)[1]));
  return out;
}

Vec3 half_cylinder(double x, double y) {
  const double angle = std::numbers::pi * x;
  return {std::cos(angle), y, std::sin(angle)};
}

Vec3 bowl(double x, double y) {
  const double u = 2 * x - 1, v = 2 * y - 1;
  return {u, v, -1.5 * (u * u + v * v)};
}

std::vector<Vec2> tutte_square(const Polygons& mesh) {
  std::vector<Vec2> place(static_cast<std::size_t>(mesh.vertices));
  std::vector<std::uint8_t> fixed(place.size(), 0);
  for (std::int32_t v = 0; v < mesh.vertices; ++v) {
    const Vec2 p = at(v);
    if (p[0] > 0 && p[0] < 1 && p[1] > 0 && p[1] < 1) continue;
    place[static_cast<std::size_t>(v)] = p;
    fixed[static_cast<std::size_t>(v)] = 1;
  }
  return tutte(mesh, place, fixed);
}

double area(const Triangle& t, const std::vector<Vec2>& p) {
  const Vec2 &a = p[static_cast<std::size_t>(t[0])], &b = p[static_cast<std::size_t>(t[1])],
             &c = p[static_cast<std::size_t>(t[2])];
  return ((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2;
}

double smallest(const std::vector<FlatTriangle>& triangles, const std::vector<Vec2>& p) {
  double out = 1e9;
  for (const FlatTriangle& t : triangles) out = std::min(out, area(t.corner, p));
  return out;
}

/// The largest difference of an edge's length in the plane to the surface's.
double worst_edge(const Polygons& mesh, const std::vector<Vec3>& x, const std::vector<Vec2>& p) {
  double worst = 0;
  for (std::int32_t f = 0; f < mesh.faces(); ++f)
    for (std::int32_t k = 0; k < 4; ++k) {
      const auto a = static_cast<std::size_t>(mesh.corner(f, k));
      const auto b = static_cast<std::size_t>(mesh.corner(f, (k + 1) % 4));
      worst = std::max(
          worst, std::abs(std::hypot(p[a][0] - p[b][0], p[a][1] - p[b][1]) - norm(x[a] - x[b])));
    }
  return worst;
}

const std::vector<std::uint8_t> kNoAxis(kSide* kSide, 0);

}  // namespace

TEST_CASE("corner triangles: a polygon's share its area, corners in one line have none") {
  Polygons mesh;
  mesh.vertices = 5;
  mesh.vertex = {0, 1, 2, 3, 4};  // a square of 2 with a vertex within its last side
  mesh.begin.push_back(5);
  const std::vector<Vec3> x{{0, 0, 1}, {2, 0, 1}, {2, 2, 1}, {0, 2, 1}, {0, 1, 1}};
  const std::vector<FlatTriangle> triangles = corner_triangles(mesh, x, {3});
  CHECK(triangles.size() == 4);
  double sum = 0;
  for (const FlatTriangle& t : triangles) sum += t.weight;
  CHECK(sum == doctest::Approx(4 * 9));
  CHECK(triangles[0].length == doctest::Approx(6));
  CHECK(triangles[0].apex[0] == doctest::Approx(6));
  CHECK(triangles[0].apex[1] == doctest::Approx(6));
}

TEST_CASE("tutte: a square's inner vertices stand evenly, all polygons upright") {
  const Polygons mesh = grid();
  const std::vector<Vec2> place = tutte_square(mesh);
  for (std::int32_t v = 0; v < mesh.vertices; ++v)
    for (std::size_t c = 0; c < 2; ++c)
      CHECK(place[static_cast<std::size_t>(v)][c] == doctest::Approx(at(v)[c]).epsilon(1e-9));
  std::vector<std::uint8_t> none(place.size(), 0);
  CHECK_THROWS_WITH_AS(tutte(mesh, place, none), doctest::Contains("connected to none"), Error);
}

TEST_CASE("flatten: a half cylinder unrolls without stretch, from far away") {
  const Polygons mesh = grid();
  const std::vector<Vec3> x = positions(half_cylinder);
  const std::vector<double> scale(static_cast<std::size_t>(mesh.faces()), 1);
  std::vector<Vec2> start = tutte_square(mesh);
  CHECK(worst_edge(mesh, x, start) > 0.2);
  // Seen from inside the cylinder the quads turn the other way.
  std::vector<Vec3> turned = x;
  for (Vec3& p : turned) p[0] = -p[0];
  const auto triangles = corner_triangles(mesh, turned, scale);
  const std::vector<Vec2> flat = flatten(triangles, start, kNoAxis);
  CHECK(worst_edge(mesh, x, flat) < 1e-4);
  // Twice as large where it is wished so.
  const std::vector<double> twice(static_cast<std::size_t>(mesh.faces()), 2);
  std::vector<Vec3> doubled = x;
  for (Vec3& p : doubled) p = 2.0 * p;
  CHECK(worst_edge(mesh, doubled, flatten(corner_triangles(mesh, turned, twice), start, kNoAxis)) <
        2e-4);
}

TEST_CASE("flatten: a bowl gets little stretch and no triangle turns over, from a crumpled start") {
  const Polygons mesh = grid();
  const std::vector<Vec3> x = positions(bowl);
  const std::vector<double> scale(static_cast<std::size_t>(mesh.faces()), 1);
  const auto triangles = corner_triangles(mesh, x, scale);
  Rng rng(5);
  std::vector<Vec2> start = tutte_square(mesh);
  for (Vec2& p : start)
    for (double& c : p) c += rng.uniform(-0.03, 0.03);
  REQUIRE(smallest(triangles, start) > 0);
  const std::vector<Vec2> flat = flatten(triangles, start, kNoAxis);
  CHECK(smallest(triangles, flat) > 0);
  CHECK(worst_edge(mesh, x, flat) < 0.5 * worst_edge(mesh, x, start));
  const auto energy = [&](const std::vector<Vec2>& p) {
    double sum = 0;
    for (const FlatTriangle& t : triangles) {
      const double s = area(t.corner, p) / (t.length * t.apex[1] / 2);
      const Vec2 &a = p[static_cast<std::size_t>(t.corner[0])],
                 &b = p[static_cast<std::size_t>(t.corner[1])],
                 &c = p[static_cast<std::size_t>(t.corner[2])];
      double square = 0;
      for (std::size_t k = 0; k < 2; ++k) {
        const double along = (b[k] - a[k]) / t.length;
        const double across = ((c[k] - a[k]) - t.apex[0] * along) / t.apex[1];
        square += along * along + across * across;
      }
      sum += t.weight * square * (1 + 1 / (s * s));
    }
    return sum;
  };
  // A minimum: no vertex gains by moving.
  const double least = energy(flat);
  for (std::size_t v = 0; v < flat.size(); v += 7)
    for (const double step : {-1e-3, 1e-3})
      for (std::size_t c = 0; c < 2; ++c) {
        std::vector<Vec2> moved = flat;
        moved[v][c] += step;
        CHECK(energy(moved) > least);
      }
}

TEST_CASE("flatten: an axis stays straight, a start that is turned over is refused") {
  const Polygons mesh = grid();
  const std::vector<Vec3> x = positions(bowl);
  const auto triangles =
      corner_triangles(mesh, x, std::vector<double>(static_cast<std::size_t>(mesh.faces()), 1));
  std::vector<std::uint8_t> axis = kNoAxis;
  for (std::size_t v = 0; v < kSide; ++v) axis[v] = 1;
  std::vector<Vec2> start = tutte_square(mesh);
  const std::vector<Vec2> flat = flatten(triangles, start, axis);
  for (std::size_t v = 0; v < kSide; ++v) CHECK(flat[v][0] == 0);
  CHECK(flatten(triangles, start, kNoAxis)[0][0] != 0);
  std::swap(start[20], start[60]);
  CHECK_THROWS_WITH_AS(flatten(triangles, start, axis), doctest::Contains("the start turns"),
                       Error);
}

}  // namespace fgcn::mesh
