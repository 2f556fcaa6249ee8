// Subdivision as a linear map: known points, what it keeps exactly, and what it refuses.
#include "mesh/subdivide.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

Polygons polygons(std::int32_t vertices, const std::vector<std::vector<std::int32_t>>& faces) {
  Polygons out;
  out.vertices = out.uvs = vertices;
  for (const auto& face : faces) {
    out.vertex.insert(out.vertex.end(), face.begin(), face.end());
    out.begin.push_back(static_cast<std::int32_t>(out.vertex.size()));
  }
  out.uv = out.vertex;
  return out;
}

/// Corners of (+-1, +-1, +-1): bit 0 is x, bit 1 y, bit 2 z.
Polygons cube() {
  return polygons(
      8, {{0, 2, 3, 1}, {4, 5, 7, 6}, {0, 1, 5, 4}, {2, 6, 7, 3}, {0, 4, 6, 2}, {1, 3, 7, 5}});
}
std::vector<Vec3> cube_corners() {
  std::vector<Vec3> out;
  for (int i = 0; i < 8; ++i)
    out.push_back(
        {(i & 1) != 0 ? 1.0 : -1.0, (i & 2) != 0 ? 1.0 : -1.0, (i & 4) != 0 ? 1.0 : -1.0});
  return out;
}

/// A pentagon, a triangle and a quad in a row: 8 vertices of the plane y = 0 and beside it.
Polygons ragged() { return polygons(8, {{0, 1, 2, 3, 4}, {2, 1, 5}, {1, 6, 7, 5}}); }

std::vector<Vec3> moved(const std::vector<Blend>& blends, const std::vector<Vec3>& rows) {
  std::vector<Vec3> out;
  for (const Blend& blend : blends) out.push_back(blended(blend, rows));
  return out;
}

}  // namespace

TEST_CASE("subdivide: a cube's points are those of Catmull and Clark") {
  const Subdivision step = subdivide(cube());
  CHECK(step.mesh.vertices == 8 + 12 + 6);
  CHECK(step.mesh.faces() == 24);
  const std::vector<Vec3> at = moved(step.vertices, cube_corners());
  // Corners: (mean of faces' points + 2 mean of edges' middles) / 3 = 5/9 of the corner.
  for (std::size_t v = 0; v < 8; ++v)
    for (std::size_t c = 0; c < 3; ++c)
      CHECK(at[v][c] == doctest::Approx(cube_corners()[v][c] * 5 / 9));
  // Edges: the mean of both ends (1, 1, 0) and of both faces' points (1, 0, 0), (0, 1, 0).
  for (std::size_t e = 8; e < 20; ++e) CHECK(norm(at[e]) == doctest::Approx(0.75 * std::sqrt(2.0)));
  for (std::size_t f = 20; f < 26; ++f) CHECK(norm(at[f]) == doctest::Approx(1));
}

TEST_CASE("subdivide: quads follow the corners of their face, outside stays outside") {
  const Polygons before = cube();
  const Subdivision step = subdivide(before);
  const std::vector<Vec3> at = moved(step.vertices, cube_corners());
  std::set<std::array<std::int32_t, 2>> directed;
  for (std::int32_t f = 0; f < step.mesh.faces(); ++f) {
    REQUIRE(step.mesh.corners(f) == 4);
    CHECK(step.mesh.corner(f, 0) == before.corner(f / 4, f % 4));
    CHECK(step.mesh.corner(f, 2) == 20 + f / 4);
    for (std::int32_t k = 0; k < 4; ++k)
      CHECK(directed.insert({step.mesh.corner(f, k), step.mesh.corner(f, (k + 1) % 4)}).second);
    const auto p = [&](std::int32_t k) {
      return at[static_cast<std::size_t>(step.mesh.corner(f, k))];
    };
    CHECK(dot(cross(p(2) - p(0), p(3) - p(1)), p(2)) > 0);
  }
  for (const auto& [a, b] : directed) CHECK(directed.count({b, a}) == 1);  // closed
}

TEST_CASE("subdivide: any polygons, and every row is an affine combination") {
  const Polygons before = ragged();
  const Subdivision first = subdivide(before);
  const Subdivision second = subdivide(first.mesh);
  CHECK(first.mesh.faces() == 5 + 3 + 4);
  CHECK(second.mesh.faces() == 4 * 12);
  const std::vector<Blend> both = composed(second.vertices, first.vertices);
  REQUIRE(both.size() == static_cast<std::size_t>(second.mesh.vertices));
  for (const Blend& row : both) {
    double sum = 0;
    for (const auto& [v, weight] : row) {
      CHECK(v < before.vertices);
      sum += weight;
    }
    CHECK(sum == doctest::Approx(1));
  }
  // Composed at once or one after the other.
  std::vector<Vec3> at;
  for (int v = 0; v < 8; ++v) at.push_back({v * 1.5, v * v * 0.25, 3.0 - v});
  const std::vector<Vec3> slow = moved(second.vertices, moved(first.vertices, at));
  const std::vector<Vec3> fast = moved(both, at);
  for (std::size_t v = 0; v < fast.size(); ++v) CHECK(norm(fast[v] - slow[v]) < 1e-12);
}

TEST_CASE("subdivide: a border in a plane stays there, whatever lies behind it") {
  // One quad of a strip whose lower side is the border; its upper side bulges.
  const Polygons strip = polygons(6, {{0, 1, 4, 3}, {1, 2, 5, 4}});
  const std::vector<Vec3> at{{0, 0, 0}, {1, 0, 0.3}, {2, 0, 0}, {0, 1, 2}, {1, 4, 2}, {2, 1, 2}};
  const Subdivision step = subdivide(strip);
  const std::vector<Vec3> moved_to = moved(step.vertices, at);
  int border = 0;
  for (std::size_t v = 0; v < step.vertices.size(); ++v) {
    bool on_lower = true;
    for (const auto& [row, weight] : step.vertices[v]) on_lower = on_lower && row < 3;
    if (!on_lower) continue;
    ++border;
    CHECK(moved_to[v][1] == 0);
  }
  CHECK(border == 3);  // vertex 1 and two edges; 0 and 2 are corners of two borders
  CHECK(moved_to[1][2] == doctest::Approx(0.225));
}

TEST_CASE("subdivide: texture coordinates are halved along edges and keep their seams") {
  // Two quads share the edge 1 4 with different rows.
  Polygons mesh = polygons(6, {{0, 1, 4, 3}, {1, 2, 5, 4}});
  mesh.uvs = 8;
  mesh.uv = {0, 1, 4, 3, 6, 2, 5, 7};
  const std::vector<Vec2> uv{{0, 0},   {0.5, 0}, {1, 0},    {0, 1},
                             {0.5, 1}, {1, 1},   {0.75, 0}, {0.75, 1}};
  const Subdivision step = subdivide(mesh);
  // 8 rows, 8 edges of the charts, 2 middles.
  CHECK(step.mesh.uvs == 8 + 8 + 2);
  const auto row = [&](std::int32_t f, std::int32_t k) {
    return blended(step.uvs[static_cast<std::size_t>(step.mesh.uv_corner(f, k))], uv);
  };
  CHECK(row(0, 2)[0] == doctest::Approx(0.25));
  CHECK(row(1, 1)[0] == doctest::Approx(0.5));  // the middle of the shared edge, seen from the left
  CHECK(row(4, 3)[0] == doctest::Approx(0.75));  // and from the right
  CHECK(step.mesh.corner(1, 1) == step.mesh.corner(4, 3));
}

TEST_CASE("subdivide: the mirror follows") {
  const Polygons before = cube();
  std::vector<std::int32_t> mirror;
  for (std::int32_t v = 0; v < 8; ++v) mirror.push_back(v ^ 1);
  const Subdivision step = subdivide(before);
  const std::vector<std::int32_t> after = subdivided_mirror(before, step, mirror);
  const std::vector<Vec3> at = moved(step.vertices, cube_corners());
  REQUIRE(after.size() == at.size());
  for (std::size_t v = 0; v < at.size(); ++v) {
    REQUIRE(after[v] >= 0);
    const Vec3& across = at[static_cast<std::size_t>(after[v])];
    CHECK(norm(Vec3{-across[0], across[1], across[2]} - at[v]) < 1e-15);
  }
  // A face that has no partner: the strip's right half alone.
  const Polygons half = polygons(6, {{0, 1, 4, 3}, {1, 2, 5, 4}});
  const Subdivision of_half = subdivide(half);
  const std::vector<std::int32_t> wrong = subdivided_mirror(half, of_half, {1, 0, 2, 4, 3, 5});
  CHECK(std::count(wrong.begin(), wrong.end(), -1) > 0);
}

TEST_CASE("subdivide: what is no surface is refused") {
  CHECK_THROWS_WITH_AS(subdivide(polygons(4, {{0, 1, 2}, {0, 1, 3}})),
                       doctest::Contains("two faces run from vertex 0 to vertex 1"), Error);
  CHECK_THROWS_WITH_AS(subdivide(polygons(3, {{0, 1, 7}})), doctest::Contains("out of range"),
                       Error);
}

}  // namespace fgcn::mesh
