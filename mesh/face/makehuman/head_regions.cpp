#include "mesh/face/makehuman/head_regions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "io/mesh/vec3.h"
#include "mesh/face/makehuman/cut.h"
#include "mesh/face/makehuman/head_joints.h"

namespace fgcn::mesh::makehuman {
namespace {

/// Place in the list of names.
enum class Region {
  kSkinRegion,
  kScalpRegion,
  kLidsRegion,
  kLipsRegion,
  kMouthRegion,
  kEarsRegion,
  kNeckRegion
};

Vec3 at(const FaceModel& model, std::int32_t v) {
  const float* p = &model.mean_shape[3 * static_cast<std::size_t>(v)];
  return {p[0], p[1], p[2]};
}

Vec3 landmark(const FaceModel& model, std::size_t k) { return at(model, model.landmarks[k]); }

/// Seen from the front; the crossings of a ray to the right are odd inside.
bool inside(const std::vector<Vec3>& polygon, const Vec3& p) {
  bool odd = false;
  for (std::size_t i = 0, j = polygon.size() - 1; i < polygon.size(); j = i++) {
    const Vec3& a = polygon[i];
    const Vec3& b = polygon[j];
    if ((a[1] > p[1]) != (b[1] > p[1]) &&
        p[0] < a[0] + (p[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0]))
      odd = !odd;
  }
  return odd;
}

/// Height of the hairline by the angle around the head, 0 in front, pi behind.
class Hairline {
 public:
  explicit Hairline(const FaceModel& model, double ear_top, double ear_bottom, double ear_z)
      : axis_(ear_z) {
    double brow = 0;
    for (std::size_t k = 19; k < 25; ++k) brow += landmark(model, k)[1] / 6;
    const double nose = landmark(model, 33)[1];
    // A face's thirds: chin to nose, nose to brow, brow to hair.
    const double hair = brow + 0.95 * (brow - nose);
    knots_ = {{{0, hair},
               {35, hair},
               {55, brow + 0.35 * (hair - brow)},
               {70, ear_top},
               {80, 0.5 * (ear_top + ear_bottom)},
               {95, ear_top},
               {110, 0.5 * (ear_top + ear_bottom)},
               {130, ear_bottom - 0.15},
               {180, ear_bottom - 0.3}}};
  }

  bool above(const Vec3& p) const {
    const double angle = std::atan2(std::abs(p[0]), p[2] - axis_) * 180 / std::numbers::pi;
    for (std::size_t k = 1; k < knots_.size(); ++k) {
      if (angle > knots_[k][0] && k + 1 < knots_.size()) continue;
      const double t = (angle - knots_[k - 1][0]) / (knots_[k][0] - knots_[k - 1][0]);
      return p[1] > knots_[k - 1][1] + t * (knots_[k][1] - knots_[k - 1][1]);
    }
    return false;
  }

 private:
  double axis_;
  std::array<std::array<double, 2>, 9> knots_{};  // degrees, dm
};

Hairline hairline(const PlacedHead& head) {
  double top = -10, bottom = 10, z = 0, count = 0;
  for (std::size_t v = 0; v < head.ear.size(); ++v) {
    if (!(head.ear[v] > 0.5f)) continue;
    const Vec3 p = at(head.model, static_cast<std::int32_t>(v));
    top = std::max(top, p[1]);
    bottom = std::min(bottom, p[1]);
    z += p[2];
    ++count;
  }
  return Hairline(head.model, top, bottom, count > 0 ? z / count : 0);
}

/// Share of a vertex's weights that a joint has.
float follows(const FaceJoints& joints, std::size_t v, std::uint8_t joint) {
  float sum = 0;
  for (std::size_t k = 4 * v; k < 4 * v + 4; ++k)
    if (joints.joints[k] == joint) sum += joints.weights[k];
  return sum;
}

}  // namespace

FaceRegions head_regions(const PlacedHead& head) {
  const FaceModel& model = head.model;
  const auto vertices = static_cast<std::size_t>(model.vertices());
  FaceRegions out;
  out.names = {"skin", "scalp", "lids", "lips", "mouth", "ears", "neck"};
  out.inside.assign(out.names.size() * vertices, 0);
  const Hairline hair = hairline(head);
  std::vector<Vec3> lips;
  for (std::size_t k = 48; k < 60; ++k) lips.push_back(landmark(model, k));
  const double corners = std::min(lips[0][2], lips[6][2]) - 0.1;  // the cheeks lie farther back
  const auto joint = [&](std::size_t j) {
    const float* p = &model.joints.positions[3 * j];
    return Vec3{p[0], p[1], p[2]};
  };
  const std::array<Vec3, 2> eyes{joint(kLeftEyeJoint), joint(kRightEyeJoint)};
  const double ball = norm(landmark(model, 45) - eyes[0]);
  for (std::size_t v = 0; v < vertices; ++v) {
    const auto set = [&](Region region, bool is) {
      out.inside[static_cast<std::size_t>(region) * vertices + v] = is ? 1 : 0;
    };
    set(Region::kSkinRegion, model.skin[v] != 0);
    if (model.parts.part[v] != kSkin) continue;
    const Vec3 p = at(model, static_cast<std::int32_t>(v));
    const bool lining = head.mouth[v] > 0.5f, socket = head.socket[v] > 0.5f;
    const bool ear = head.ear[v] > 0.5f;
    const bool neck = follows(model.joints, v, kNeckJoint) > 0.5f;
    const double eye = std::min(norm(p - eyes[0]), norm(p - eyes[1]));
    set(Region::kMouthRegion, lining);
    set(Region::kEarsRegion, ear);
    set(Region::kNeckRegion, neck);
    set(Region::kLipsRegion, !lining && p[2] > corners && inside(lips, p));
    set(Region::kLidsRegion, !socket && eye < 1.25 * ball && p[2] > eyes[0][2]);
    set(Region::kScalpRegion, !lining && !socket && !ear && hair.above(p));
  }
  return out;
}

}  // namespace fgcn::mesh::makehuman
