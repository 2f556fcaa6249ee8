#include "mesh/face/embedded/landmarks.h"

#include <array>
#include <cmath>
#include <limits>

#include "kernels/core/error.h"

namespace fgcn::mesh::embedded {
namespace {

// One point on the half with x >= 0: where it is (mm, on the mean face) and which rows may hold it.
struct Target {
  int left;   // iBUG index on the image's right
  int right;  // its partner on the image's left; `left` itself on the midline
  double x;
  double y;
  int first_row;
  int last_row;
};

using R = Rows;
constexpr std::array<Target, 39> kTargets{{
    // outline of the face, from the ear to the chin
    {16, 0, 72.5, 6, 18, 60},
    {15, 1, 71.5, -13.5, 18, 70},
    {14, 2, 69.0, -33, 30, 90},
    {13, 3, 65.0, -53, 40, 94},
    {12, 4, 57.5, -73, 60, 94},
    {11, 5, 45.0, -90, 84, 95},
    {10, 6, 31, -102.5, 88, 96},
    {9, 7, 15.5, -111, 88, 96},
    {8, 8, 0, -113.5, 88, 96},
    // brows, inner end to outer end
    {22, 21, 12.0, 21.5, 10, 22},
    {23, 20, 23.5, 27.5, 10, 22},
    {24, 19, 36.5, 28.5, 10, 22},
    {25, 18, 48.5, 26.0, 10, 22},
    {26, 17, 58.0, 19.0, 10, 24},
    // nose
    {27, 27, 0, 3.0, 20, 50},
    {28, 28, 0, -8.5, 20, 55},
    {29, 29, 0, -20, 20, 58},
    {30, 30, 0, -31.5, 30, 60},
    {35, 31, 13.0, -44.5, 44, 63},
    {34, 32, 6.5, -46.3, 44, 63},
    {33, 33, 0, -47.0, 44, 63},
    // eyes
    {42, 39, 18.6, -1.6, R::kUpperLid, R::kLowerLid},
    {43, 38, 26.6, 4.0, R::kUpperLid, R::kUpperLid},
    {44, 37, 36.6, 4.2, R::kUpperLid, R::kUpperLid},
    {45, 36, 43.8, 0.4, R::kUpperLid, R::kLowerLid},
    {46, 41, 36.6, -4.2, R::kLowerLid, R::kLowerLid},
    {47, 40, 26.6, -4.4, R::kLowerLid, R::kLowerLid},
    // outer lips
    {54, 48, 25.0, -69.2, R::kUpperLip, R::kUpperLip},
    {53, 49, 15.0, -63.3, R::kUpperBorder, R::kUpperBorder},
    {52, 50, 5.5, -60.7, R::kUpperBorder, R::kUpperBorder},
    {51, 51, 0, -61.6, R::kUpperBorder, R::kUpperBorder},
    {55, 59, 15.0, -76.0, R::kLowerBorder, R::kLowerBorder},
    {56, 58, 7.0, -77.8, R::kLowerBorder, R::kLowerBorder},
    {57, 57, 0, -78.2, R::kLowerBorder, R::kLowerBorder},
    // inner lips
    {64, 60, 20.8, -69.0, R::kUpperLip, R::kUpperLip},
    {63, 61, 7.0, -67.4, R::kUpperLip, R::kUpperLip},
    {62, 62, 0, -67.9, R::kUpperLip, R::kUpperLip},
    {65, 67, 7.0, -67.8, R::kLowerLip, R::kLowerLip},
    {66, 66, 0, -68.0, R::kLowerLip, R::kLowerLip},
}};

}  // namespace

std::vector<std::int32_t> landmark_vertices(const std::vector<Site>& all) {
  std::vector<std::int32_t> landmarks(68, -1);
  for (const Target& t : kTargets) {
    double best = std::numeric_limits<double>::infinity();
    int vertex = -1;
    for (int row = t.first_row; row <= t.last_row; ++row) {
      for (int half = 0; half <= kHalfColumns; ++half) {
        if (t.left == t.right && half > 0) break;  // the middle column only
        const int i = Geometry::index(row, kHalfColumns + half);
        const Vec3& p = all[static_cast<std::size_t>(i)].p;
        const double distance = std::hypot(p[0] - t.x, p[1] - t.y);
        if (distance < best) {
          best = distance;
          vertex = i;
        }
      }
    }
    const int column = vertex % kColumns;
    landmarks[static_cast<std::size_t>(t.left)] = vertex;
    landmarks[static_cast<std::size_t>(t.right)] = vertex - column + (kColumns - 1 - column);
  }
  for (const std::int32_t vertex : landmarks)
    FGCN_CHECK(vertex >= 0, "landmark_vertices: a point has no vertex");
  return landmarks;
}

}  // namespace fgcn::mesh::embedded
