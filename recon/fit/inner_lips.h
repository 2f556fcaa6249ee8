// The opening between the lips, as the landmarks outline it.
#pragma once

#include <cstdint>

#include "io/image.h"
#include "photo/landmarks.h"

namespace fgcn::recon {

/// Pixels from a point to the outline of the inner lips (points 60 to 67): positive inside,
/// negative outside.
double depth_within_lips(const photo::Landmarks& landmarks, photo::Point p);

/// The point of the outline that is nearest to `p`.
photo::Point nearest_on_lips(const photo::Landmarks& landmarks, photo::Point p);

/// 1 at pixels whose centers lie within the outline, [size, size, 1]; an empty image where the
/// lips are shut: where the outline holds less than 80 pixels of a crop of 224, which on shut lips
/// it does, with a gap of one pixel.
Image within_lips(const photo::Landmarks& landmarks, std::int64_t size);

}  // namespace fgcn::recon
