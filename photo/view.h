// A turned, scaled window on an image.
#pragma once

#include "io/image.h"
#include "photo/landmarks.h"

namespace fgcn::photo {

/// Window of `height` x `width` pixels whose centre is `center` of the image, enlarged by `scale`
/// and showing the image turned clockwise by `angle` radians.
struct View {
  Point center;
  double scale = 1;
  double angle = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;

  Point to_image(const Point& p) const;
  Point from_image(const Point& p) const;
};

/// Cuts the window out of `grey` [H, W, 1]. It is resampled, and interpolated bilinearly where the
/// view is turned; beyond the image its border repeats.
Image8 look(const Image8& grey, const View& view);

}  // namespace fgcn::photo
