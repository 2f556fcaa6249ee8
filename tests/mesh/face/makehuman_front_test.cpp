// What of the whole head a viewer in front sees: teeth behind shut lips, lashes on lids. Without
// the wheel these cases are skipped with a message.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "io/mesh/vec3.h"
#include "mesh/search/ray.h"
#include "tests/mesh/face/makehuman_head.h"

namespace fgcn::mesh {
namespace {

using test::at;
using test::makehuman_head;

/// A person seen along -z.
class Front {
 public:
  Front(const FaceModel& model, const std::vector<float>& shape, double low, double high)
      : model_(model), shape_(shape) {
    for (const Triangle& t : model.triangles) {
      const double a = at(shape, t[0])[1], b = at(shape, t[1])[1], c = at(shape, t[2])[1];
      if (std::max({a, b, c}) > low && std::min({a, b, c}) < high) near_.push_back(t);
    }
  }

  /// The name of the part that is seen there; nothing beside the head.
  std::string part(double x, double y) const {
    const Ray ray({x, y, 10}, {0, 0, -1});
    double first = 1e30;
    std::string out;
    for (const Triangle& t : near_) {
      const auto hit = ray.meets(at(shape_, t[0]), at(shape_, t[1]), at(shape_, t[2]));
      if (!hit || *hit >= first) continue;
      first = *hit;
      out = model_.parts.names[model_.parts.part[static_cast<std::size_t>(t[0])]];
    }
    return out;
  }

 private:
  const FaceModel& model_;
  const std::vector<float>& shape_;
  std::vector<Triangle> near_;
};

/// Of 1,640 places between the corners of the mouth and 4 mm about the slit, those with teeth.
int teeth_seen(const FaceModel& m, const std::vector<float>& shape) {
  const auto landmark = [&](std::size_t k) { return at(shape, m.landmarks[k]); };
  const double middle = (landmark(62)[1] + landmark(66)[1]) / 2;
  const Front front(m, shape, middle - 0.05, middle + 0.05);
  int seen = 0;
  for (int column = -20; column <= 20; ++column)
    for (int row = -20; row < 20; ++row)
      if (front.part(0.011 * column, middle + 0.002 * row).ends_with("teeth")) ++seen;
  return seen;
}

}  // namespace

TEST_CASE("MakeHuman head: shut lips hide all but a few points of the teeth") {
  const FaceModel* m = makehuman_head();
  if (m == nullptr) return;
  CHECK(teeth_seen(*m, m->mean_shape) == 0);
  for (std::size_t mode = 0; mode < 6; ++mode)
    for (const float weight : {-1.5F, 1.5F}) {
      std::vector<float> identity(mode + 1, 0.0f);
      identity[mode] = weight;
      CAPTURE(mode);
      CAPTURE(weight);
      CHECK(teeth_seen(*m, shape(*m, identity, {})) < 10);
    }
  // The jaw shows them.
  std::vector<float> open(m->expression.names.size(), 0.0f);
  open[static_cast<std::size_t>(
      std::find(m->expression.names.begin(), m->expression.names.end(), "jawOpen") -
      m->expression.names.begin())] = 0.3F;
  CHECK(teeth_seen(*m, shape(*m, {}, open)) > 100);
}

TEST_CASE("MakeHuman head: lashes are a line on the upper lid, and hardly seen on the lower one") {
  const FaceModel* m = makehuman_head();
  if (m == nullptr) return;
  for (const std::size_t corner : {36U, 42U}) {
    const Vec3 a = at(m->mean_shape, m->landmarks[corner]),
               b = at(m->mean_shape, m->landmarks[corner + 3]);
    const Vec3 eye = 0.5 * (a + b);
    const Front front(*m, m->mean_shape, eye[1] - 0.2, eye[1] + 0.2);
    double above = 0, below = 0;  // dm of height
    for (int row = 1; row < 100; ++row) {
      if (front.part(eye[0], eye[1] + 0.001 * row) == "lashes") above += 0.001;
      if (front.part(eye[0], eye[1] - 0.001 * row) == "lashes") below += 0.001;
    }
    CHECK(above > 0.002);
    CHECK(above < 0.02);
    CHECK(below < 0.008);
  }
}

}  // namespace fgcn::mesh
