// The crop that Deep3DFaceReconstruction's R-Net was trained on.
#pragma once

#include "photo/align.h"

namespace fgcn::photo {

/// Five points as the torch edition takes them from 68: eyes as the mean of their corners 36 and
/// 39, 42 and 45; then 30, 48 and 54.
FivePoints<Point> regressor_points(const Landmarks& landmarks);
FivePoints<Point3> regressor_points(const std::array<Point3, kLandmarks>& landmarks);

/// Where the crop lies: the photo is resized to `width` x `height`, and the crop begins at (left,
/// top) of that. 224 x 224 pixels.
struct RegressorView {
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::int64_t left = 0;
  std::int64_t top = 0;
  double scale = 1;  // before the sizes were rounded
};

/// The torch edition's alignment: the scale and shift of alignment(), y taken upwards from the last
/// row, and sizes and corner rounded towards zero.
///
/// Errors   InputError when the points give no finite scale, or the photo would have no pixel left.
/// Source   Deng et al., CVPRW 2019.
RegressorView regressor_view(const FivePoints<Point>& points, const FivePoints<Point3>& reference,
                             std::int64_t photo_width, std::int64_t photo_height);

/// The photo resized by a bicubic filter and cut; black beyond the photo. [224, 224, 3].
Image8 regressor_crop(const Image8& photo, const RegressorView& view);

}  // namespace fgcn::photo
