// Plain colors of a head's parts, and skin where the embedded face lends none.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "io/mesh/triangle_mesh.h"
#include "mesh/face/face_model.h"

namespace fgcn::mesh::part_colors {

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

/// The vertex on the mean face.
Vec3 at(const FaceModel& model, std::size_t v);

/// The vertex has this color and no modes.
void set(FaceModel& model, std::size_t v, const Color& color);

Color mixed(const Color& a, const Color& b, float t);

/// 0 up to `low`, 1 from `high` on.
float smooth(double low, double high, double x);

/// 0 on the face, 1 from below the hairline up and from the ears' front back: the embedded face's
/// hair and border are not where another head's are.
float beyond_face(const FaceModel& model, const Vec3& p);

/// Mean albedo and modes go over to their mean on plain skin where `blend` [V] rises to 1. Plain is
/// what is skin, of the part `skin`, with blend 0, and of colors near the median.
void fade_to_plain_skin(FaceModel& model, std::uint8_t skin, const std::vector<float>& blend);

/// Pupil, iris and white of an eyeball. Its axis runs from its middle to its foremost vertex.
void paint_eye(std::uint8_t part, FaceModel& model);

}  // namespace fgcn::mesh::part_colors
