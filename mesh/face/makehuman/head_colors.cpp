#include "mesh/face/makehuman/head_colors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "io/vec3.h"
#include "kernels/core/error.h"
#include "mesh/face/color_transfer.h"
#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/makehuman/cut.h"
#include "mesh/face/makehuman/head_joints.h"

namespace fgcn::mesh::makehuman {
namespace {

using Color = std::array<float, 3>;  // sRGB-encoded

constexpr Color kLining{0.42f, 0.17f, 0.16f};
constexpr Color kSocket{0.66f, 0.40f, 0.37f};
constexpr Color kSclera{0.86f, 0.83f, 0.80f};
constexpr Color kLimbus{0.20f, 0.14f, 0.11f};
constexpr Color kIris{0.36f, 0.24f, 0.15f};
constexpr Color kPupil{0.03f, 0.03f, 0.03f};
constexpr Color kTooth{0.84f, 0.80f, 0.71f};
constexpr Color kGum{0.66f, 0.36f, 0.36f};
constexpr Color kTongueColor{0.64f, 0.34f, 0.34f};
constexpr Color kLash{0.08f, 0.06f, 0.05f};

// Angles from the axis of the eye, degrees: an iris is 11.7 mm wide on a ball of 24, a pupil 4.
constexpr double kIrisAngle = 29, kLimbusAngle = 26, kPupilAngle = 10;
constexpr double kToothHeight = 0.095;         // dm from the biting edge to the gum
constexpr double kReach = 0.02, kFade = 0.15;  // dm from the embedded face's border

Vec3 at(const FaceModel& model, std::size_t v) {
  const float* p = &model.mean_shape[3 * v];
  return {p[0], p[1], p[2]};
}

void set(FaceModel& model, std::size_t v, const Color& color) {
  std::copy(color.begin(), color.end(),
            model.mean_albedo.begin() + static_cast<std::ptrdiff_t>(3 * v));
  const std::size_t stride = model.mean_albedo.size();
  for (std::size_t m = 0; m < static_cast<std::size_t>(model.albedo.count); ++m)
    std::fill_n(model.albedo.data.begin() + static_cast<std::ptrdiff_t>(m * stride + 3 * v), 3,
                0.0f);
}

Color mixed(const Color& a, const Color& b, float t) {
  Color out{};
  for (std::size_t c = 0; c < 3; ++c) out[c] = a[c] + t * (b[c] - a[c]);
  return out;
}

float smooth(double low, double high, double x) {
  const double t = std::clamp((x - low) / (high - low), 0.0, 1.0);
  return static_cast<float>(t * t * (3 - 2 * t));
}

/// Vertices of the embedded face's plain skin: of colors near the median, so no brows and lips.
std::vector<std::size_t> plain_skin(const FaceModel& model, const std::vector<float>& blend) {
  constexpr float kNear = 0.12f;
  std::vector<std::size_t> face;
  for (std::size_t v = 0; v < blend.size(); ++v)
    if (model.parts.part[v] == kSkin && model.skin[v] != 0 && blend[v] == 0) face.push_back(v);
  Color median{};
  for (std::size_t c = 0; c < 3; ++c) {
    std::vector<float> values;
    values.reserve(face.size());
    for (const std::size_t v : face) values.push_back(model.mean_albedo[3 * v + c]);
    FGCN_CHECK(!values.empty(), "paint_head: the embedded face's skin does not reach the head");
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    median[c] = *middle;
  }
  std::vector<std::size_t> out;
  for (const std::size_t v : face) {
    bool near = true;
    for (std::size_t c = 0; c < 3; ++c)
      near = near && std::abs(model.mean_albedo[3 * v + c] - median[c]) < kNear;
    if (near) out.push_back(v);
  }
  return out;
}

/// 0 on the face, 1 from below the hairline up and from the ears' front back: the embedded face's
/// hair and border are not where this head's are.
float beyond_face(const FaceModel& model, const Vec3& p) {
  constexpr double kForehead = 0.25, kHair = 0.5;  // of a third of the face, above the brows
  constexpr double kTemple = 0.2, kEar = 0.95;     // of the way from the brow's end to the jaw's
  const auto landmark = [&](std::size_t k) {
    return at(model, static_cast<std::size_t>(model.landmarks[k]));
  };
  double brow = 0;
  for (std::size_t k = 19; k < 25; ++k) brow += landmark(k)[1] / 6;
  const double third = brow - landmark(33)[1];
  const double front = landmark(17)[2], back = landmark(0)[2];
  return std::max(smooth(kForehead, kHair, (p[1] - brow) / third),
                  smooth(kTemple, kEar, (front - p[2]) / (front - back)));
}

/// Goes over from `rows` to their mean on plain skin where `blend` rises to 1.
void fade(float* rows, const std::vector<std::size_t>& plain, const std::vector<float>& blend) {
  std::array<double, 3> mean{};
  for (const std::size_t v : plain)
    for (std::size_t c = 0; c < 3; ++c)
      mean[c] += static_cast<double>(rows[3 * v + c]) / static_cast<double>(plain.size());
  for (std::size_t v = 0; v < blend.size(); ++v)
    for (std::size_t c = 0; c < 3; ++c)
      rows[3 * v + c] += blend[v] * (static_cast<float>(mean[c]) - rows[3 * v + c]);
}

Color eye_color(double degrees) {
  const Color inner = mixed(kPupil, kIris, smooth(kPupilAngle - 2, kPupilAngle + 2, degrees));
  const Color ring = mixed(inner, kLimbus, smooth(kLimbusAngle - 4, kLimbusAngle + 1, degrees));
  return mixed(ring, kSclera, smooth(kIrisAngle - 1.5, kIrisAngle + 1.5, degrees));
}

/// The axis of an eyeball runs from its middle to its foremost vertex.
void paint_eye(std::uint8_t part, FaceModel& model) {
  Vec3 middle{}, front{0, 0, -100};
  double count = 0;
  for (std::size_t v = 0; v < model.parts.part.size(); ++v) {
    if (model.parts.part[v] != part) continue;
    const Vec3 p = at(model, v);
    middle = middle + p;
    ++count;
    if (p[2] > front[2]) front = p;
  }
  middle = (1 / count) * middle;
  const Vec3 axis = normalised(front - middle);
  for (std::size_t v = 0; v < model.parts.part.size(); ++v) {
    if (model.parts.part[v] != part) continue;
    const double cosine = std::clamp(dot(normalised(at(model, v) - middle), axis), -1.0, 1.0);
    set(model, v, eye_color(std::acos(cosine) * 180 / std::numbers::pi));
  }
}

/// Teeth at the biting edge, gum beyond: `up` is the way from the edge to the gum, +1 or -1.
void paint_teeth(std::uint8_t part, double up, FaceModel& model) {
  double edge = 100;
  for (std::size_t v = 0; v < model.parts.part.size(); ++v)
    if (model.parts.part[v] == part) edge = std::min(edge, up * at(model, v)[1]);
  for (std::size_t v = 0; v < model.parts.part.size(); ++v) {
    if (model.parts.part[v] != part) continue;
    const double beyond = up * at(model, v)[1] - edge;
    set(model, v, mixed(kTooth, kGum, smooth(0.9 * kToothHeight, 1.1 * kToothHeight, beyond)));
  }
}

/// What the embedded face does not call skin behind the lips has the color of the lining, and goes
/// over to the lips. Lip, skin and lining meet within 2 mm there, and the nearest point of the
/// embedded face jumps between them.
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

}  // namespace

void paint_head(const PlacedHead& head, FaceModel& model) {
  const std::vector<double> distance = transfer_colors(make_embedded_face(), model);
  const auto vertices = static_cast<std::size_t>(model.vertices());
  std::vector<float> blend(vertices, 0.0f);
  for (std::size_t v = 0; v < vertices; ++v) {
    if (model.parts.part[v] != kSkin) continue;
    // The embedded face has no ears; what lies near its border is not their color.
    blend[v] = std::max(
        {smooth(kReach, kFade, distance[v]), head.ear[v], beyond_face(model, at(model, v))});
  }
  const std::vector<std::size_t> plain = plain_skin(model, blend);
  fade(model.mean_albedo.data(), plain, blend);
  for (std::size_t m = 0; m < static_cast<std::size_t>(model.albedo.count); ++m)
    fade(model.albedo.data.data() + m * 3 * vertices, plain, blend);
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
      case kLashes:
        set(model, v, kLash);
        break;
      default:
        break;
    }
    model.skin[v] = 0;
  }
  line_lips(head, model);
  paint_eye(kLeftEye, model);
  paint_eye(kRightEye, model);
  paint_teeth(kUpperTeeth, 1, model);
  paint_teeth(kLowerTeeth, -1, model);
}

}  // namespace fgcn::mesh::makehuman
