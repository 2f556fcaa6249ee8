// The aligned crop that fitting and refinement work on.
#pragma once

#include <array>

#include "io/image.h"
#include "photo/decode/decode.h"
#include "photo/landmarks.h"
#include "photo/resample.h"

namespace fgcn::photo {

using Point3 = std::array<double, 3>;

/// Left eye, right eye (as the image shows them), nose tip, left and right corner of the mouth.
template <class P>
using FivePoints = std::array<P, 5>;

/// Five points from the 68: means over the eyes 36..41 and 42..47, then 30, 48 and 54.
FivePoints<Point> five_points(const Landmarks& landmarks);
/// Five points of a face model from its 68 landmark vertices in decimeters, x to the image's
/// right, y up.
FivePoints<Point3> five_points(const std::array<Point3, kLandmarks>& landmarks);

/// Scale and shift from photo to crop.
///
/// Least squares for x = R1.X + tx, y = R2.X + ty over five points (ten equations, eight unknowns),
/// image y taken upwards; s = (|R1| + |R2|) / 2. Then (tx, ty), where the model's origin falls,
/// goes to the centre of the crop, and one decimetre becomes 102 px of a 224 px crop.
///
///   size  side of the crop in pixels; everything scales with it
///
/// Errors   InputError when the points give no finite scale (all in one place).
/// Source   Deng et al., CVPRW 2019; docs/method.md, "Alignment".
ScaleShift alignment(const FivePoints<Point>& points, const FivePoints<Point3>& reference,
                     std::int64_t size);

/// An aligned crop, and the way back to the photo. The aspect ratio is kept and beyond the photo
/// its border repeats; `beyond` tells where, since a repeated border shows no face.
struct Crop {
  Image rgb;            // [size, size, 3]
  Image mask;           // [size, size, 1] the photo's alpha; empty without alpha
  Image beyond;         // [size, size, 1] 1 outside the photo, else 0; empty where all is inside
  Landmarks landmarks;  // in pixels of the crop
  ScaleShift from_photo;
};

/// Resamples with an area-true filter where the photo shrinks and cubic where it grows. The mask of
/// an alpha channel is 0 beyond the photo. An alpha channel that is a color key (transparent in one
/// color, opaque in all others) says no more than the colors do and is dropped.
Crop cut_crop(const Photo& photo, const Landmarks& landmarks, const ScaleShift& from_photo,
              std::int64_t size);

}  // namespace fgcn::photo
