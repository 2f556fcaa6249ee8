// The mean surface of the embedded face: a grid of rows (top to bottom) and columns (left to right)
// drawn over the face so that rows follow the eyelids, the lips and the jaw.
#pragma once

#include <cstdint>
#include <vector>

#include "io/mesh/triangle_mesh.h"

namespace fgcn::mesh::embedded {

/// Rows with a meaning, as indices into the grid.
struct Rows {
  static constexpr int kTop = 0;
  static constexpr int kHairline = 4;
  static constexpr int kBrow = 15;       // through the middle of the eyebrow
  static constexpr int kLidCrease = 22;  // fold of the upper lid
  static constexpr int kUpperLid = 26;   // edge of the upper lid
  static constexpr int kEyeTop = 27;     // eyeball just below that edge
  static constexpr int kEyeBottom = 37;  // eyeball just above the lower lid
  static constexpr int kLowerLid = 38;   // edge of the lower lid
  static constexpr int kCheek = 44;      // below the eye
  static constexpr int kNoseTip = 53;
  static constexpr int kNoseBase = 59;     // subnasale
  static constexpr int kUpperBorder = 64;  // vermilion border of the upper lip
  static constexpr int kUpperLip = 69;     // where the upper lip meets the lower
  static constexpr int kPalate = 73;       // last row of the mouth's roof
  static constexpr int kLowerLip = 78;     // the lower lip's meeting edge
  static constexpr int kLowerBorder = 83;  // vermilion border of the lower lip
  static constexpr int kMentolabial = 86;  // groove under the lower lip
  static constexpr int kChin = 90;         // front of the chin
  static constexpr int kJaw = 94;          // lower border of the jaw
  static constexpr int kNeck = 99;
  static constexpr int kCount = 100;
};

inline constexpr int kHalfColumns = 49;  // columns on each side of the middle one
inline constexpr int kColumns = 2 * kHalfColumns + 1;

/// Millimetres; origin midway between the eyes, x to the image's right, y up, z forward.
struct Geometry {
  std::vector<Vec3> position;   // [kCount * kColumns]
  std::vector<Vec2> canonical;  // x, and s: height on the face, length along the profile under it

  static int index(int row, int column) { return row * kColumns + column; }
  const Vec3& at(int row, int column) const {
    return position[static_cast<std::size_t>(index(row, column))];
  }
};

/// Where things are, in mm of the mean face; `x` is taken without its sign.
struct Outline {
  static constexpr double kEyeX = 31.5;
  static constexpr double kEyeHalfWidth = 13.2;
  static constexpr double kMouthHalfWidth = 25.0;
  static double upper_lid(double x);
  static double lower_lid(double x);
  static double lid_crease(double x);
  static double mouth_line(double x);
  static double upper_vermilion(double x);
  static double lower_vermilion(double x);
  static double brow(double x);
};

/// Height of the lid's surface on a sphere about the eyeball (z in mm), for lids that move.
double lid_sphere(double x, double y);

Geometry mean_geometry();

}  // namespace fgcn::mesh::embedded
