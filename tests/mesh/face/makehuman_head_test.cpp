// The whole head out of the real wheel: its mesh, parts, regions, colors and people. Without the
// wheel these cases are skipped with a message.
#include "tests/mesh/face/makehuman_head.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "io/file.h"
#include "io/mesh/vec3.h"
#include "io/temporary_folder.h"
#include "mesh/face/makehuman/makehuman_import.h"

namespace fgcn::mesh {
namespace {

using test::at;
using test::landmark;
using test::makehuman_head;
using test::moved;
using test::of_part;
using test::place;

/// Closed but for one level loop on the skin; every edge runs once in each direction.
void check_manifold(const FaceModel& m) {
  std::set<std::array<std::int32_t, 2>> directed;
  for (const Triangle& t : m.triangles)
    for (std::size_t k = 0; k < 3; ++k) REQUIRE(directed.insert({t[k], t[(k + 1) % 3]}).second);
  std::map<std::int32_t, std::int32_t> next;
  const std::size_t skin = place(m.parts.names, "skin");
  for (const auto& [a, b] : directed) {
    if (directed.count({b, a}) != 0 || m.parts.part[static_cast<std::size_t>(a)] != skin) continue;
    REQUIRE(next.emplace(a, b).second);
  }
  REQUIRE(!next.empty());
  const std::int32_t first = next.begin()->first;
  std::size_t length = 0;
  for (std::int32_t v = next.at(first);; v = next.at(v)) {
    ++length;
    CHECK(at(m.mean_shape, v)[1] == doctest::Approx(at(m.mean_shape, first)[1]).epsilon(1e-5));
    if (v == first) break;
  }
  CHECK(length == next.size());
}

void check_triangles(const FaceModel& m) {
  double worst = 1;
  for (const Triangle& t : m.triangles) {
    const Vec3 a = at(m.mean_shape, t[0]), b = at(m.mean_shape, t[1]), c = at(m.mean_shape, t[2]);
    const double area = norm(cross(b - a, c - a)) / 2;
    const double sides = dot(b - a, b - a) + dot(c - b, c - b) + dot(a - c, a - c);
    worst = std::min(worst, 4 * std::sqrt(3.0) * area / sides);
  }
  CHECK(worst > 0.05);  // 1 for an equilateral triangle, 0 for a line
}

}  // namespace

TEST_CASE("MakeHuman head: a manifold skin with a level rim, parts and exact mirror pairs") {
  const FaceModel* m = makehuman_head();
  if (m == nullptr) return;
  CHECK(m->vertices() > 18000);
  CHECK(m->vertices() < 23000);
  CHECK(m->landmark_errors.yaw.size() == 5);
  check_manifold(*m);
  check_triangles(*m);
  CHECK(m->parts.names == std::vector<std::string>{"skin", "left_eye", "right_eye", "upper_teeth",
                                                   "lower_teeth", "tongue", "lashes"});
  for (std::int32_t v = 0; v < static_cast<std::int32_t>(m->vertices()); ++v) {
    const Vec3 here = at(m->mean_shape, v), there = at(m->mean_shape, m->mirror[v]);
    REQUIRE(std::abs(here[0] + there[0]) < 1e-6);
    REQUIRE(std::abs(here[1] - there[1]) < 1e-6);
    REQUIRE(std::abs(here[2] - there[2]) < 1e-6);
  }
  for (const std::int32_t v : of_part(*m, "left_eye")) {
    CHECK(at(m->mean_shape, v)[0] > 0);  // the subject's left is the image's right
    CHECK(m->parts.part[static_cast<std::size_t>(m->mirror[v])] ==
          place(m->parts.names, "right_eye"));
  }
  CHECK(norm(landmark(*m, 45) - landmark(*m, 36)) == doctest::Approx(0.9).epsilon(0.02));
}

TEST_CASE("MakeHuman head: more detail is finer in the face alone, without open joints") {
  const auto path = test::makehuman_wheel();
  if (!path) return;
  const FaceModel fine = import_makehuman(*path, {.detail = makehuman::Detail::kHigh});
  CHECK(fine.vertices() > 32000);
  CHECK(fine.vertices() < 40000);
  check_manifold(fine);
  check_triangles(fine);
  // Corners of both meshes lie in the same places.
  CHECK(norm(landmark(fine, 30) - landmark(fine, 8) - landmark(*makehuman_head(), 30) +
             landmark(*makehuman_head(), 8)) < 0.01);
  // The median edge of the triangles that `wanted` accepts by their corners' regions.
  const auto edge = [](const FaceModel& m, const auto& wanted) {
    const auto count = static_cast<std::size_t>(m.vertices());
    const auto inside = [&](const char* region, std::int32_t v) {
      return m.regions
                 .inside[place(m.regions.names, region) * count + static_cast<std::size_t>(v)] != 0;
    };
    std::vector<double> lengths;
    for (const Triangle& t : m.triangles)
      if (wanted(inside, t[0]) && wanted(inside, t[1]) && wanted(inside, t[2]))
        lengths.push_back(norm(at(m.mean_shape, t[1]) - at(m.mean_shape, t[0])));
    std::sort(lengths.begin(), lengths.end());
    return lengths.at(lengths.size() * 9 / 10);
  };
  const auto scalp = [](const auto& inside, std::int32_t v) { return inside("scalp", v); };
  const auto face = [](const auto& inside, std::int32_t v) {
    return inside("skin", v) && !inside("scalp", v) && !inside("neck", v) && !inside("ears", v);
  };
  CHECK(edge(*makehuman_head(), face) < 0.7 * edge(*makehuman_head(), scalp));
  CHECK(edge(fine, face) < 0.8 * edge(*makehuman_head(), face));
  CHECK(edge(fine, scalp) == doctest::Approx(edge(*makehuman_head(), scalp)).epsilon(0.05));
}

TEST_CASE("MakeHuman head: colors of skin, eyes, teeth and tongue lie where they belong") {
  const FaceModel* m = makehuman_head();
  if (m == nullptr) return;
  const auto color = [&](std::int32_t v) { return at(m->mean_albedo, v); };
  const auto light = [&](std::int32_t v) { return (color(v)[0] + color(v)[1] + color(v)[2]) / 3; };
  const auto varies = [&](std::int32_t v) {
    double sum = 0;
    for (std::size_t mode = 0; mode < static_cast<std::size_t>(m->albedo.count); ++mode)
      for (std::size_t c = 0; c < 3; ++c)
        sum += std::abs(static_cast<double>(
            m->albedo.data[mode * m->mean_albedo.size() + 3 * static_cast<std::size_t>(v) + c]));
    return sum;
  };
  // An eye is black in front, brown around, white beside; nothing of it varies.
  const std::vector<std::int32_t> eye = of_part(*m, "left_eye");
  const auto farther = [&](std::size_t axis) {
    return [m, axis](std::int32_t a, std::int32_t b) {
      return at(m->mean_shape, a)[axis] < at(m->mean_shape, b)[axis];
    };
  };
  const std::int32_t pupil = *std::max_element(eye.begin(), eye.end(), farther(2));
  const std::int32_t white = *std::max_element(eye.begin(), eye.end(), farther(0));
  CHECK(light(pupil) < 0.1);
  CHECK(light(white) > 0.75);
  CHECK(std::any_of(eye.begin(), eye.end(), [&](std::int32_t v) {
    return light(v) < 0.5 && color(v)[0] > color(v)[2] + 0.1;
  }));
  CHECK(varies(pupil) == 0);
  // Skin of the cheek, the top of the head and the ear is one skin, and varies as one.
  std::int32_t top = 0, ear = 0;
  for (std::int32_t v = 0; v < static_cast<std::int32_t>(m->vertices()); ++v) {
    if (at(m->mean_shape, v)[1] > at(m->mean_shape, top)[1]) top = v;
    if (at(m->mean_shape, v)[0] > at(m->mean_shape, ear)[0] &&
        at(m->mean_shape, v)[1] > landmark(*m, 33)[1])
      ear = v;
  }
  CHECK(color(top) == color(ear));
  CHECK(norm(color(top) - color(m->landmarks[29])) < 0.25);
  CHECK(varies(top) > 0);
  CHECK(varies(top) == doctest::Approx(varies(ear)));
  for (const std::int32_t v : {top, ear}) CHECK(m->skin[static_cast<std::size_t>(v)] == 1);
  CHECK(m->skin[static_cast<std::size_t>(pupil)] == 0);
  // A brow's inner end lies lower than its arch: painted along the landmarks, faces look worried.
  const auto brow_height = [&](double from, double to) {
    double sum = 0, height = 0;
    for (const std::int32_t v : of_part(*m, "skin")) {
      const auto p = at(m->mean_shape, v);
      const double below = at(m->mean_shape, m->landmarks[20])[1] - p[1];
      if (p[2] < 0.2 || std::abs(p[0]) < from || std::abs(p[0]) > to || std::abs(below) > 0.12)
        continue;
      const double dark = std::max(0.0, light(m->landmarks[29]) - light(v) - 0.05);
      sum += dark;
      height += dark * p[1];
    }
    return height / sum;
  };
  CHECK(brow_height(0.17, 0.23) < brow_height(0.33, 0.42) - 0.01);
  // Lips are redder than the nose; a lower incisor's edge is white, its root gum; a molar is dark.
  const auto redness = [&](std::int32_t v) { return color(v)[0] - color(v)[1]; };
  CHECK(redness(m->landmarks[57]) > redness(m->landmarks[28]) + 0.03);
  std::vector<std::int32_t> teeth = of_part(*m, "lower_teeth");
  const std::int32_t foremost = *std::max_element(teeth.begin(), teeth.end(), farther(2));
  const std::int32_t molar = *std::min_element(teeth.begin(), teeth.end(), farther(2));
  const auto front = static_cast<double>(at(m->mean_shape, foremost)[2]) - 0.05;
  teeth.erase(std::remove_if(teeth.begin(), teeth.end(),
                             [&](std::int32_t v) { return at(m->mean_shape, v)[2] < front; }),
              teeth.end());
  const std::int32_t edge = *std::max_element(teeth.begin(), teeth.end(), farther(1));
  const std::int32_t gum = *std::min_element(teeth.begin(), teeth.end(), farther(1));
  CHECK(light(molar) < 0.6 * light(edge));
  CHECK(light(edge) > light(gum) + 0.2);
  CHECK(redness(gum) > redness(edge) + 0.1);
  for (const std::int32_t v : of_part(*m, "tongue")) CHECK(redness(v) > 0.2);
  // Behind the lips nothing is as light as skin, in the corners of the mouth neither.
  for (const std::int32_t v : of_part(*m, "skin"))
    if (m->skin[static_cast<std::size_t>(v)] == 0 &&
        at(m->mean_shape, v)[1] < at(m->mean_shape, m->landmarks[33])[1] - 0.06)
      CHECK(light(v) < 0.52);
  for (const std::int32_t v : of_part(*m, "lashes")) {
    CHECK(light(v) > 0.1);
    CHECK(light(v) < 0.65);
  }
}

TEST_CASE("MakeHuman head: people are plausible, in size and place as the mean") {
  const FaceModel* m = makehuman_head();
  if (m == nullptr) return;
  CHECK(m->identity.count == 80);
  double all = 0;
  for (const float x : m->identity.data) all += static_cast<double>(x) * static_cast<double>(x);
  const double deviation = std::sqrt(all / static_cast<double>(m->vertices()));
  CHECK(deviation > 0.02);  // 2 to 6 mm
  CHECK(deviation < 0.06);
  for (std::size_t mode = 0; mode < 80; ++mode) {
    std::vector<float> weights(mode + 1, 0.0f);
    weights[mode] = 3;
    const std::vector<float> person = shape(*m, weights, {});
    // The eyes stay in the face, whose size and place no mode changes.
    CHECK(norm(at(person, m->landmarks[45]) - at(person, m->landmarks[36])) ==
          doctest::Approx(0.9).epsilon(0.12));
    CHECK(norm(moved(*m, person, m->landmarks)) < 0.03);
  }
}

TEST_CASE("MakeHuman head: the file comes back, and importing again gives the same bytes") {
  const auto path = test::makehuman_wheel();
  if (!path) return;
  const TemporaryFolder folder;
  write_face_model(folder / "a.safetensors", *makehuman_head());
  write_face_model(folder / "b.safetensors", import_makehuman(*path, {}));
  CHECK(read_file(folder / "a.safetensors") == read_file(folder / "b.safetensors"));
  CHECK(read_face_model(folder / "a.safetensors").regions.names == makehuman_head()->regions.names);
}

}  // namespace fgcn::mesh
