// What moves in the whole head: expressions, teeth, joints. Without the wheel these cases are
// skipped with a message.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "io/mesh/vec3.h"
#include "tests/mesh/face/makehuman_head.h"

namespace fgcn::mesh {
namespace {

using test::at;
using test::landmark;
using test::makehuman_head;
using test::moved;
using test::of_part;
using test::place;
using test::with_unit;

}  // namespace

TEST_CASE("MakeHuman head: the inner lips' points part as the jaw opens") {
  const FaceModel* m = makehuman_head();
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

TEST_CASE("MakeHuman head: 52 units by ARKit's names move what they should") {
  const FaceModel* m = makehuman_head();
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
  const FaceModel* m = makehuman_head();
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
  const FaceModel* m = makehuman_head();
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

}  // namespace fgcn::mesh
