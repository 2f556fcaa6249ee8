// Cutting a scaled window out of an image.
#pragma once

#include "io/image.h"
#include "photo/landmarks.h"

namespace fgcn::photo {

/// A scale and a shift: target = scale * source + (tx, ty), both in the coordinates of Point.
struct ScaleShift {
  double scale = 1;
  double tx = 0;
  double ty = 0;

  Point operator()(const Point& p) const { return {scale * p.x + tx, scale * p.y + ty}; }
  ScaleShift inverse() const { return {1 / scale, -tx / scale, -ty / scale}; }
};

/// target(p) = source(map^-1(p)) on a window of `height` x `width` pixels.
///
/// Separable cubic filter (Keys, a = -0.5), stretched by 1 / scale where the image shrinks, so that
/// every source pixel counts and nothing aliases. Beyond the source its border repeats.
///
///   source  [H, W, C] bytes
///   result  [height, width, C], clamped to [0, 1]
///
/// Errors   fgcn::Error when the source is empty or the scale is not positive.
/// Repeat   bitwise for any thread count.
/// Source   Keys 1981.
Image resample(const Image8& source, const ScaleShift& map, std::int64_t height,
               std::int64_t width);

/// Luma of Rec. 601, rounded: [H, W, 3] -> [H, W, 1].
Image8 grey(const Image8& rgb);

}  // namespace fgcn::photo
