#include "mesh/face/makehuman/head_colors.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "mesh/face/color_transfer.h"
#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/makehuman/cut.h"
#include "mesh/face/makehuman/head_joints.h"
#include "mesh/face/part_colors.h"

namespace fgcn::mesh::makehuman {
namespace {

using part_colors::at;
using part_colors::kGum;
using part_colors::kLining;
using part_colors::kSocket;
using part_colors::kTongueColor;
using part_colors::kTooth;
using part_colors::mixed;
using part_colors::set;
using part_colors::smooth;

constexpr double kToothHeight = 0.095;        // dm from the biting edge to the gum
constexpr double kReach = 0.02, kFade = 0.5;  // dm from the embedded face's border

/// Teeth at the biting edge, gum beyond: `up` is the way from the edge to the gum, +1 or -1. Both
/// grow dark towards the back, where cheeks and lips keep the light out: no shading does that, and
/// a bright molar at the mouth's corner would be seen first.
void paint_teeth(std::uint8_t part, double up, FaceModel& model) {
  constexpr double kCanine = 0.06, kMolar = 0.25;  // dm behind the incisors
  constexpr float kDark = 0.55F;
  double edge = 100, front = -100;
  for (std::size_t v = 0; v < model.parts.part.size(); ++v) {
    if (model.parts.part[v] != part) continue;
    edge = std::min(edge, up * at(model, v)[1]);
    front = std::max(front, at(model, v)[2]);
  }
  for (std::size_t v = 0; v < model.parts.part.size(); ++v) {
    if (model.parts.part[v] != part) continue;
    const double beyond = up * at(model, v)[1] - edge;
    const float light = 1 - (1 - kDark) * smooth(kCanine, kMolar, front - at(model, v)[2]);
    part_colors::Color color =
        mixed(kTooth, kGum, smooth(0.9 * kToothHeight, 1.1 * kToothHeight, beyond));
    for (float& c : color) c *= light;
    set(model, v, color);
  }
}

/// Vertices behind the lips that the embedded face does not call skin get the color of the lining,
/// and go over to the lips. Lip, skin and lining meet within 2 mm there, and the nearest point of
/// the embedded face jumps between them.
void line_lips(const PlacedHead& head, FaceModel& model) {
  constexpr int kSteps = 6;
  const auto vertices = static_cast<std::size_t>(model.vertices());
  const auto landmark = [&](std::size_t k) {
    return at(model, static_cast<std::size_t>(model.landmarks[k]));
  };
  const double under_nose = landmark(33)[1] - 0.05;
  std::vector<bool> behind(vertices, false);
  for (std::size_t v = 0; v < vertices; ++v)
    behind[v] = model.parts.part[v] == kSkin && model.skin[v] == 0 && head.socket[v] <= 0.5f &&
                head.mouth[v] <= 0.5f && at(model, v)[1] < under_nose;
  std::vector<std::vector<std::size_t>> around(vertices);
  for (const Triangle& t : model.triangles)
    for (std::size_t k = 0; k < 3; ++k)
      for (const std::size_t other : {k + 1, k + 2})
        if (behind[static_cast<std::size_t>(t[k])])
          around[static_cast<std::size_t>(t[k])].push_back(static_cast<std::size_t>(t[other % 3]));
  for (std::size_t v = 0; v < vertices; ++v)
    if (behind[v]) set(model, v, kLining);
  const auto spread = [&](float* rows) {
    std::vector<float> next(rows, rows + 3 * vertices);
    for (int step = 0; step < kSteps; ++step) {
      for (std::size_t v = 0; v < vertices; ++v) {
        if (around[v].empty()) continue;
        for (std::size_t c = 0; c < 3; ++c) {
          float sum = 0;
          for (const std::size_t w : around[v]) sum += rows[3 * w + c];
          next[3 * v + c] = sum / static_cast<float>(around[v].size());
        }
      }
      std::copy(next.begin(), next.end(), rows);
    }
  };
  spread(model.mean_albedo.data());
  for (std::size_t m = 0; m < static_cast<std::size_t>(model.albedo.count); ++m)
    spread(model.albedo.data.data() + m * 3 * vertices);
}

/// Lashes are sheets on the mesh and hairs with gaps in life: the color is that of the skin beside
/// them, albedo modes too, made darker; less so below the eye, where they are thin.
void paint_lashes(FaceModel& model) {
  constexpr float kUpper = 0.35F, kLower = 0.75F;
  const auto vertices = static_cast<std::size_t>(model.vertices());
  std::vector<std::size_t> skin;
  const auto light = [&](std::size_t v) { return model.mean_albedo[3 * v + 1]; };
  for (std::size_t v = 0; v < vertices; ++v)
    if (model.parts.part[v] == kSkin && model.skin[v] != 0) skin.push_back(v);
  const auto half = skin.begin() + static_cast<std::ptrdiff_t>(skin.size() / 2);
  std::nth_element(skin.begin(), half, skin.end(),
                   [&](std::size_t a, std::size_t b) { return light(a) < light(b); });
  // Brows and the lids' painted rims are not the skin that is meant.
  const float plain = 0.9F * light(*half);
  skin.erase(
      std::remove_if(skin.begin(), skin.end(), [&](std::size_t v) { return light(v) < plain; }),
      skin.end());
  std::sort(skin.begin(), skin.end());
  // The middle between the corners of each eye; the left one has x > 0.
  std::array<double, 2> middle{};
  for (const std::size_t corner : {36, 39, 42, 45}) {
    const Vec3 p = at(model, static_cast<std::size_t>(model.landmarks[corner]));
    middle[p[0] > 0 ? 1 : 0] += p[1] / 2;
  }
  for (std::size_t v = 0; v < vertices; ++v) {
    if (model.parts.part[v] != kLashes) continue;
    const Vec3 p = at(model, v);
    const auto away = [&](std::size_t w) {
      const Vec3 q = at(model, w);
      return (p[0] - q[0]) * (p[0] - q[0]) + (p[1] - q[1]) * (p[1] - q[1]) +
             (p[2] - q[2]) * (p[2] - q[2]);
    };
    const std::size_t near = *std::min_element(
        skin.begin(), skin.end(), [&](std::size_t a, std::size_t b) { return away(a) < away(b); });
    const float dark = p[1] < middle[p[0] > 0 ? 1 : 0] ? kLower : kUpper;
    const auto carry = [&](float* rows) {
      for (std::size_t c = 0; c < 3; ++c) rows[3 * v + c] = dark * rows[3 * near + c];
    };
    carry(model.mean_albedo.data());
    for (std::size_t m = 0; m < static_cast<std::size_t>(model.albedo.count); ++m)
      carry(model.albedo.data.data() + m * 3 * vertices);
  }
}

}  // namespace

void paint_head(const PlacedHead& head, FaceModel& model) {
  std::vector<std::int32_t> landmarks = head.painted;
  std::swap(landmarks, model.landmarks);
  const std::vector<double> distance = transfer_colors(make_embedded_face(), model);
  std::swap(landmarks, model.landmarks);
  const auto vertices = static_cast<std::size_t>(model.vertices());
  std::vector<float> blend(vertices, 0.0f);
  for (std::size_t v = 0; v < vertices; ++v) {
    if (model.parts.part[v] != kSkin) continue;
    // The embedded face has no ears; what lies near its border is not their color.
    blend[v] = std::max({smooth(kReach, kFade, distance[v]), head.ear[v],
                         part_colors::beyond_face(model, at(model, v))});
  }
  part_colors::fade_to_plain_skin(model, kSkin, blend);
  for (std::size_t v = 0; v < vertices; ++v) {
    switch (model.parts.part[v]) {
      case kSkin:
        if (blend[v] >= 0.5f) model.skin[v] = 1;
        if (head.mouth[v] > 0.5f || head.socket[v] > 0.5f) {
          model.skin[v] = 0;
          set(model, v, head.mouth[v] > 0.5f ? kLining : kSocket);
        }
        continue;
      case kTongue:
        set(model, v, kTongueColor);
        break;
      default:
        break;
    }
    model.skin[v] = 0;
  }
  line_lips(head, model);
  paint_lashes(model);
  part_colors::paint_eye(kLeftEye, model);
  part_colors::paint_eye(kRightEye, model);
  paint_teeth(kUpperTeeth, 1, model);
  paint_teeth(kLowerTeeth, -1, model);
}

}  // namespace fgcn::mesh::makehuman
