// Loop's step on borders, and what it refuses.
#include "mesh/loop.h"

#include <doctest/doctest.h>

#include <cmath>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "tests/mesh/shapes.h"

namespace fgcn::mesh {

TEST_CASE("loop: a border goes by its own vertices alone, inner vertices by all of theirs") {
  // A square about its middle: vertex 4 is inside, with four neighbors.
  const TriangleMesh fan{{{0, 0, 0}, {2, 0, 0}, {2, 2, 0}, {0, 2, 0}, {1, 1, 8}},
                         {{0, 1, 4}, {1, 2, 4}, {2, 3, 4}, {3, 0, 4}}};
  const TriangleMesh once = loop_subdivided(fan);
  REQUIRE(once.vertices.size() == 5 + 8);
  REQUIRE(once.triangles.size() == 16);
  // 6/8 (0, 0) + 1/8 ((2, 0) + (0, 2)).
  CHECK(once.vertices[0] == Vec3{0.25, 0.25, 0});
  CHECK(norm(once.vertices[4] - Vec3{1, 1, 8 * (1 - 4 * 3.0 / 32)}) < 1e-15);
  // Edges by higher vertex: 01, 12, 03, 23, 04, 14, 24, 34.
  CHECK(once.vertices[5] == Vec3{1, 0, 0});
  CHECK(once.vertices[8] == Vec3{1, 2, 0});
  CHECK(once.vertices[9] == Vec3{0.375 * 1 + 0.125 * 2, 0.375 * 1 + 0.125 * 2, 3});
  CHECK(once.triangles[0] == Triangle{5, 1, 10});
  CHECK(once.triangles[3] == Triangle{5, 10, 9});
}

TEST_CASE("loop: a flat sheet stays flat, and a plane's affine map commutes with the step") {
  const TriangleMesh mesh = test::height_field(6, 5, 0.4);
  const auto mapped = [](TriangleMesh m) {
    for (Vec3& p : m.vertices) p = {2 * p[0] - p[1] + 3, p[1] + 0.5 * p[2], p[2] - p[0]};
    return m;
  };
  const TriangleMesh before = mapped(loop_subdivided(mesh)), after = loop_subdivided(mapped(mesh));
  CHECK(before.triangles == after.triangles);
  for (std::size_t v = 0; v < before.vertices.size(); ++v)
    REQUIRE(norm(before.vertices[v] - after.vertices[v]) < 1e-14);
}

TEST_CASE("loop: corners of several borders and lone vertices stay; bad triangles are refused") {
  // Two triangles that touch in vertex 2, and vertex 5 of none.
  const TriangleMesh mesh{{{0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {2, 1, 0}, {2, 2, 0}, {9, 9, 9}},
                          {{0, 1, 2}, {2, 3, 4}}};
  const TriangleMesh once = loop_subdivided(mesh);
  CHECK(once.vertices[2] == mesh.vertices[2]);
  CHECK(once.vertices[5] == mesh.vertices[5]);
  CHECK(once.vertices[0] != mesh.vertices[0]);
  CHECK(loop_subdivided({}).triangles.empty());
  CHECK_THROWS_AS(loop_subdivided({mesh.vertices, {{0, 1, 1}}}), Error);
  CHECK_THROWS_AS(loop_subdivided({mesh.vertices, {{0, 1, 6}}}), Error);
  CHECK_THROWS_AS(centroid_subdivided({mesh.vertices, {{0, -1, 2}}}), Error);
}

}  // namespace fgcn::mesh
