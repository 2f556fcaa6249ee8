// Regions of an aligned crop that the 68 points span.
#pragma once

#include <cstdint>
#include <vector>

#include "io/image.h"
#include "photo/landmarks.h"

namespace fgcn::photo {

using Polygon = std::vector<Point>;

/// Mean of the points `first` to `last`, both included.
Point mean_point(const Landmarks& landmarks, std::size_t first, std::size_t last);

/// The points `first` to `last`, both included.
Polygon point_range(const Landmarks& landmarks, std::size_t first, std::size_t last);

/// About the polygon's centre, by a factor and then by a number of pixels.
Polygon grown(Polygon polygon, double factor, double pixels);

/// [size, size, 1]: 1 where a pixel's centre lies inside (even-odd), else 0.
Image filled(const Polygon& polygon, std::int64_t size);

}  // namespace fgcn::photo
