#include "mesh/face/part_colors.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"

namespace fgcn::mesh::part_colors {
namespace {

// Angles from the axis of the eye, degrees: an iris is 11.7 mm wide on a ball of 24, a pupil 4.
constexpr double kIrisAngle = 29, kLimbusAngle = 26, kPupilAngle = 10;

/// Vertices of the embedded face's plain skin: of colors near the median, so no brows and lips.
std::vector<std::size_t> plain_skin(const FaceModel& model, std::uint8_t skin,
                                    const std::vector<float>& blend) {
  constexpr float kNear = 0.12f;
  std::vector<std::size_t> face;
  for (std::size_t v = 0; v < blend.size(); ++v)
    if (model.parts.part[v] == skin && model.skin[v] != 0 && blend[v] == 0) face.push_back(v);
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

}  // namespace

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

float beyond_face(const FaceModel& model, const Vec3& p) {
  constexpr double kForehead = 0.05, kHair = 0.6;  // of a third of the face, above the brows
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

void fade_to_plain_skin(FaceModel& model, std::uint8_t skin, const std::vector<float>& blend) {
  const std::vector<std::size_t> plain = plain_skin(model, skin, blend);
  fade(model.mean_albedo.data(), plain, blend);
  for (std::size_t m = 0; m < static_cast<std::size_t>(model.albedo.count); ++m)
    fade(model.albedo.data.data() + m * model.mean_albedo.size(), plain, blend);
}

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

}  // namespace fgcn::mesh::part_colors
