// Polygons cut into triangles: a fan where it is right, ears where it is not.
#include "io/mesh/polygon.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "io/mesh/vec3.h"
#include "kernels/core/rng.h"

namespace fgcn::mesh {
namespace {

std::vector<Triangle> cut(const std::vector<Vec3>& corners) {
  std::vector<Triangle> out;
  REQUIRE(cut_polygon(corners, out));
  return out;
}

/// z of the triangles' doubled areas: none may be negative, and together they are the polygon.
void check_covers(const std::vector<Vec3>& corners, const std::vector<Triangle>& triangles) {
  REQUIRE(triangles.size() + 2 == corners.size());
  double whole = 0, sum = 0;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const Vec3 &p = corners[i], &q = corners[(i + 1) % corners.size()];
    whole += p[0] * q[1] - p[1] * q[0];
  }
  for (const Triangle& t : triangles) {
    const Vec3 &a = corners[t[0]], &b = corners[t[1]], &c = corners[t[2]];
    const double area = cross(b - a, c - a)[2];
    CHECK(area >= -1e-9 * std::abs(whole));
    sum += area;
  }
  CHECK(sum == doctest::Approx(whole));
}

std::vector<Vec3> star(int points, double inner) {
  std::vector<Vec3> out;
  for (int i = 0; i < 2 * points; ++i) {
    const double angle = std::numbers::pi * i / points;
    const double radius = i % 2 == 0 ? 1 : inner;
    out.push_back({radius * std::cos(angle), radius * std::sin(angle), 0});
  }
  return out;
}

}  // namespace

TEST_CASE("polygon: convex ones and those seen from the first corner stay fans") {
  CHECK(cut({{0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {0, 1, 0}}) ==
        std::vector<Triangle>{{0, 1, 2}, {0, 2, 3}});
  // Corners on one line, and a quad that is not flat.
  CHECK(cut({{0, 0, 0}, {1, 0, 0}, {2, 0, 0}, {2, 2, 0}}) ==
        std::vector<Triangle>{{0, 1, 2}, {0, 2, 3}});
  CHECK(cut({{0, 0, 0}, {1, 0, 0.3}, {1, 1, 0}, {0, 1, 0.3}}) ==
        std::vector<Triangle>{{0, 1, 2}, {0, 2, 3}});
  // The dart from its reflex corner, and from the one across.
  CHECK(cut({{0.5, 1, 0}, {0, 0, 0}, {2, 1, 0}, {0, 2, 0}}) ==
        std::vector<Triangle>{{0, 1, 2}, {0, 2, 3}});
}

TEST_CASE("polygon: a dart is not turned over, whichever corner is first") {
  const std::vector<Vec3> dart{{0, 0, 0}, {2, 1, 0}, {0, 2, 0}, {0.5, 1, 0}};
  CHECK(cut(dart) == std::vector<Triangle>{{3, 0, 1}, {3, 1, 2}});
  for (std::size_t first = 0; first < 4; ++first) {
    std::vector<Vec3> turned;
    for (std::size_t i = 0; i < 4; ++i) turned.push_back(dart[(first + i) % 4]);
    check_covers(turned, cut(turned));
  }
  // From behind and on its side.
  std::vector<Vec3> side;
  for (const Vec3& p : dart) side.push_back({7, p[0], p[1]});
  CHECK(cut(side) == std::vector<Triangle>{{3, 0, 1}, {3, 1, 2}});
}

TEST_CASE("polygon: stars, combs and random outlines are covered without a turned triangle") {
  for (const int points : {3, 5, 40, 400}) check_covers(star(points, 0.3), cut(star(points, 0.3)));
  std::vector<Vec3> comb{{0, -1, 0}, {20, -1, 0}};
  for (int i = 20; i >= 0; --i) comb.push_back({double(i), i % 2 == 0 ? 5.0 : 0.0, 0});
  check_covers(comb, cut(comb));
  Rng rng(5);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<Vec3> outline;
    const int corners = 4 + static_cast<int>(rng.below(20));
    for (int i = 0; i < corners; ++i) {
      const double angle = 2 * std::numbers::pi * i / corners;
      const double radius = rng.uniform(0.1, 1);
      outline.push_back({radius * std::cos(angle), radius * std::sin(angle), 0});
    }
    // As an outline of another centre, so that no corner sees all of it.
    for (Vec3& p : outline) p = p + Vec3{3, -2, 0};
    check_covers(outline, cut(outline));
    CHECK(cut(outline) == cut(outline));
  }
}

TEST_CASE("polygon: a square with a hole that a slit joins") {
  const std::vector<Vec3> outline{{0, 0, 0}, {4, 0, 0}, {4, 4, 0}, {0, 4, 0}, {0, 0, 0},
                                  {1, 1, 0}, {1, 3, 0}, {3, 3, 0}, {3, 1, 0}, {1, 1, 0}};
  check_covers(outline, cut(outline));
}

TEST_CASE("polygon: no area, crossings and numbers too large still give n - 2 triangles") {
  const double big = std::numeric_limits<double>::max();
  const std::vector<std::vector<Vec3>> cases{
      {{0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}},
      {{0, 0, 0}, {1, 0, 0}, {2, 0, 0}, {3, 0, 0}, {1, 0, 0}},
      {{0, 0, 0}, {1, 1, 0}, {1, 0, 0}, {0, 1, 0}},  // a bow tie
      {{0, 0, 0}, {3, 1, 0}, {0, 2, 0}, {2, -1, 0}, {2, 3, 0}},
      {{-big, 0, 0}, {big, 0, 0}, {big, big, 0}, {0, -big, 0}},
  };
  for (const auto& corners : cases) {
    const std::vector<Triangle> triangles = cut(corners);
    CHECK(triangles.size() + 2 == corners.size());
    for (const Triangle& t : triangles)
      for (const std::int32_t v : t) CHECK((v >= 0 && std::size_t(v) < corners.size()));
  }
}

TEST_CASE("polygon: more concave corners than are cut are refused, a fan of them is not") {
  std::vector<Vec3> large = star(2000, 0.9);
  std::vector<Triangle> out;
  CHECK_FALSE(cut_polygon(large, out));
  CHECK(out.empty());
  for (Vec3& p : large) p = normalised(p);
  CHECK(cut_polygon(large, out));
  CHECK(out.size() == 3998);
}

}  // namespace fgcn::mesh
