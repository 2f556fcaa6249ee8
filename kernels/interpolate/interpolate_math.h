// Interpolation: shared by CPU and GPU.
#pragma once

#include "kernels/interpolate/interpolate.h"

namespace fgcn::kernels {

/// Index of the triangle a pixel shows, -1 when it shows none of `triangles`.
FGCN_HD std::int32_t shown_triangle(const real* pixel, std::int64_t triangles) {
  const real id = pixel[3];
  return id >= 1 && id <= static_cast<real>(triangles) ? static_cast<std::int32_t>(id) - 1 : -1;
}

/// Weight of a triangle's corner 0, 1 or 2 at a pixel.
FGCN_HD real corner_weight(const real* pixel, int corner) {
  return corner == 0 ? pixel[0] : corner == 1 ? pixel[1] : 1 - pixel[0] - pixel[1];
}

}  // namespace fgcn::kernels
