// Places for texture charts in one square.
#pragma once

#include <array>
#include <vector>

#include "io/mesh/triangle_mesh.h"

namespace fgcn::mesh::makehuman {

/// How a chart stands in the square.
enum class Place {
  kMiddle,  // its axis u = 0 on the square's, at the top
  kFree,    // anywhere
  kTwin,    // in the right half, its mirror image across from it
};

struct PackedChart {
  std::vector<std::array<Vec2, 3>> triangles;
  Place place = Place::kFree;
};

struct Packing {
  double scale = 0;         // of all charts
  std::vector<Vec2> shift;  // [charts] added after scaling
};

/// The largest common scale, in steps of 1 %, at which the charts find places in [0, 1]^2, each in
/// the first free one from the top and the left, in the given order. Between charts, and at the
/// square's edge, are kChartGap or more.
///
/// Errors   fgcn::Error when they fit at no scale.
constexpr double kChartGap = 2.0 / 256;
Packing pack(const std::vector<PackedChart>& charts);

}  // namespace fgcn::mesh::makehuman
