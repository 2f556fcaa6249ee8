#include "mesh/simplify.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "mesh/closest_point.h"
#include "mesh/topology.h"
#include "tests/mesh/shapes.h"
#include "tests/support/shared_data.h"

namespace fgcn::mesh {
namespace {

TriangleMesh mesh_of(const TriangleMesh& fine, const Simplified& s) {
  TriangleMesh out;
  for (const std::int32_t v : s.kept) out.vertices.push_back(fine.vertices[v]);
  out.triangles = s.triangles;
  return out;
}

struct SurfaceError {
  double mean = 0;
  double worst = 0;
};
/// Distances from the fine vertices to the coarse surface.
SurfaceError surface_error(const TriangleMesh& fine, const TriangleMesh& coarse) {
  SurfaceError out;
  for (const ClosestPoint& p : ClosestPointTree(coarse).find(fine.vertices)) {
    const double d = std::sqrt(p.distance_squared);
    out.mean += d / static_cast<double>(fine.vertices.size());
    out.worst = !(d <= out.worst) ? d : out.worst;
  }
  return out;
}

/// Triangles of three corners, each edge in at most two triangles and passed once in either
/// direction, every vertex used.
void check_oriented_surface(const TriangleMesh& mesh) {
  std::set<std::pair<std::int32_t, std::int32_t>> sides;
  std::vector<int> used(mesh.vertices.size(), 0);
  for (const Triangle& t : mesh.triangles) {
    for (int k = 0; k < 3; ++k) {
      REQUIRE(t[k] != t[(k + 1) % 3]);
      REQUIRE(sides.emplace(t[k], t[(k + 1) % 3]).second);
      used[t[k]] = 1;
    }
    REQUIRE(norm(cross(mesh.vertices[t[1]] - mesh.vertices[t[0]],
                       mesh.vertices[t[2]] - mesh.vertices[t[0]])) > 0);
  }
  CHECK(std::count(used.begin(), used.end(), 0) == 0);
}

std::int64_t euler(const TriangleMesh& mesh) {
  const auto vertices = static_cast<std::int64_t>(mesh.vertices.size());
  return vertices - static_cast<std::int64_t>(edges(vertices, mesh.triangles).size()) +
         static_cast<std::int64_t>(mesh.triangles.size());
}

}  // namespace

TEST_CASE("simplify: a sheet stays a sheet, a torus a torus, level after level") {
  for (const TriangleMesh& start :
       {test::height_field(41, 33, 0.2), test::torus(48, 25), test::height_field(30, 30)}) {
    TriangleMesh mesh = start;
    for (int level = 0; level < 3; ++level) {
      CAPTURE(level);
      const auto wanted = static_cast<std::int64_t>((mesh.vertices.size() + 3) / 4);
      const Simplified s = simplify(mesh, wanted, CollapseRule::kCareful);
      CHECK(static_cast<std::int64_t>(s.kept.size()) == wanted);
      CHECK(std::is_sorted(s.kept.begin(), s.kept.end()));
      const TriangleMesh coarse = mesh_of(mesh, s);
      check_oriented_surface(coarse);
      CHECK(euler(coarse) == euler(start));
      mesh = coarse;
    }
  }
}

TEST_CASE("simplify: no triangle of a sheet is turned over, and its outline stays") {
  const TriangleMesh fine = test::height_field(40, 40, 0.1);
  const TriangleMesh coarse = mesh_of(fine, simplify(fine, 400, CollapseRule::kCareful));
  double area = 0;
  for (const Triangle& t : coarse.triangles) {
    const Vec3 n = cross(coarse.vertices[t[1]] - coarse.vertices[t[0]],
                         coarse.vertices[t[2]] - coarse.vertices[t[0]]);
    REQUIRE(n[2] > 0);
    area += 0.5 * n[2];
  }
  CHECK(area == doctest::Approx(1.0).epsilon(0.02));  // of the outline, seen from above
  const SurfaceError error = surface_error(fine, coarse);
  CHECK(error.mean < 0.003);
  CHECK(error.worst < 0.02);
}

TEST_CASE("simplify: a plane stays a plane, and its inner part stays covered") {
  TriangleMesh fine = test::height_field(25, 25, 0.2);
  for (Vec3& p : fine.vertices) p[2] = 0.25 * p[0] - p[1];
  const TriangleMesh coarse = mesh_of(fine, simplify(fine, 157, CollapseRule::kCareful));
  std::vector<Vec3> inner;
  for (const Vec3& p : fine.vertices)
    if (std::abs(p[0] - 0.5) < 0.4 && std::abs(p[1] - 0.5) < 0.4) inner.push_back(p);
  for (const ClosestPoint& p : ClosestPointTree(coarse).find(inner))
    CHECK(p.distance_squared <= 1e-20);
}

TEST_CASE("simplify: on a face the surface stays nearer than with the original's rule") {
  for (const std::string name : {"golden/ict_face", "golden/jitter_sphere"}) {
    const auto folder = test::shared_data(name);
    if (!folder) return;
    CAPTURE(name);
    const TriangleMesh fine = test::golden_level(*folder, 0).mesh;
    const SurfaceError golden = surface_error(fine, test::golden_level(*folder, 1).mesh);
    const auto wanted = static_cast<std::int64_t>((fine.vertices.size() + 3) / 4);
    const SurfaceError careful =
        surface_error(fine, mesh_of(fine, simplify(fine, wanted, CollapseRule::kCareful)));
    const SurfaceError reference =
        surface_error(fine, mesh_of(fine, simplify(fine, wanted, CollapseRule::kReference)));
    MESSAGE(name << ": mean and worst distance, careful " << careful.mean << " " << careful.worst
                 << ", reference " << reference.mean << " " << reference.worst << ", golden "
                 << golden.mean << " " << golden.worst);
    CHECK(careful.mean <= golden.mean);
    CHECK(reference.mean == doctest::Approx(golden.mean).epsilon(0.01));
  }
}

TEST_CASE("simplify: the wanted number is reached on meshes that are no surfaces") {
  // A fan of pages along one edge, pieces apart, vertices alone, a repeated and a degenerate
  // triangle.
  TriangleMesh mesh = test::torus(8, 6);
  const auto base = static_cast<std::int32_t>(mesh.vertices.size());
  for (int k = 0; k < 12; ++k) mesh.vertices.push_back({2.0 + 0.1 * k, 0.3 * k, 0.01 * k * k});
  for (std::int32_t k = 2; k < 8; ++k) mesh.triangles.push_back({base, base + 1, base + k});
  mesh.triangles.push_back(mesh.triangles.front());
  mesh.triangles.push_back({base + 8, base + 8, base + 9});
  for (const std::int64_t wanted : {59, 40, 15, 7, 3, 1}) {
    CAPTURE(wanted);
    const Simplified s = simplify(mesh, wanted, CollapseRule::kCareful);
    CHECK(static_cast<std::int64_t>(s.kept.size()) == wanted);
    for (const Triangle& t : s.triangles) {
      CHECK(t[0] != t[1]);
      CHECK(t[1] != t[2]);
      CHECK(t[2] != t[0]);
    }
    CHECK(simplify(mesh, wanted, CollapseRule::kReference).kept.size() <=
          static_cast<std::size_t>(wanted));
  }
  // All vertices in one place: no cost tells them apart.
  TriangleMesh point = test::height_field(5, 5);
  for (Vec3& p : point.vertices) p = {1, 1, 1};
  CHECK(simplify(point, 7, CollapseRule::kCareful).kept.size() == 7);
}

TEST_CASE("simplify: the same result every time; nothing to do; bad calls") {
  const TriangleMesh mesh = test::torus(20, 12);  // every cost is shared by 20 edges
  const Simplified once = simplify(mesh, 60, CollapseRule::kCareful);
  const Simplified again = simplify(mesh, 60, CollapseRule::kCareful);
  CHECK(once.kept == again.kept);
  CHECK(once.triangles == again.triangles);
  for (const CollapseRule rule : {CollapseRule::kCareful, CollapseRule::kReference})
    CHECK(simplify(mesh, 240, rule).triangles == mesh.triangles);
  CHECK_THROWS_AS(simplify(mesh, 0, CollapseRule::kCareful), Error);
  CHECK_THROWS_AS(simplify(mesh, 241, CollapseRule::kCareful), Error);
  TriangleMesh bad = mesh;
  bad.vertices[3][0] = std::nan("");
  CHECK_THROWS_AS(simplify(bad, 60, CollapseRule::kCareful), Error);
}

}  // namespace fgcn::mesh
