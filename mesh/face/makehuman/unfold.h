// Half of a piece of skin laid flat; the other half is its mirror image.
#pragma once

#include <cstdint>
#include <vector>

#include "mesh/face/makehuman/head_pieces.h"

namespace fgcn::mesh::makehuman {

struct Unfolded {
  std::vector<Vec2> place;            // [vertices of the half] v up; a dm of the face is 1
  std::vector<std::uint8_t> on_axis;  // 1: place[0] is 0, and both halves share the point
};

/// Which side of the axis the subject's left lies on: seen from the front on the right.
enum class Seen { kFromFront, kFromBehind };

/// The middle becomes a straight axis, upright. Scalp gets smaller than the face, step by step.
///
/// Errors   fgcn::Error when the half is no disk, but for holes of eye and mouth.
Unfolded unfold(const HalfPiece& half, Seen seen);

/// Wished texture length for a length on the skin: 1 from the chin to the hairline and back to the
/// ears, kLeastScale far away.
///
///   from_chin  dm in the wheel's figure
constexpr double kLeastScale = 0.35;
double wished_scale(const Vec3& from_chin);

}  // namespace fgcn::mesh::makehuman
