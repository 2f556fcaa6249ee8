// Places of a face whose colors are compared with one another.
#pragma once

#include "io/image.h"
#include "photo/landmarks.h"
#include "photo/polygon.h"

namespace fgcn::photo {

/// Color without its brightness: Cb / Y and Cr / Y.
struct Tint {
  double blue = 0;
  double red = 0;

  double length() const;
  double distance(const Tint& other) const;
  double dot(const Tint& other) const { return blue * other.blue + red * other.red; }
};

/// Of a color in [0, 1].
Tint tint_of(const float* rgb);
/// Luma of a color in [0, 1]: Rec. 601, 0 to 1.
double luma_of(const float* rgb);

/// Regions of bare skin in an uncovered face, each without brows, eyes and lips.
struct FaceRegions {
  Polygon forehead;  // above the brows; may be hair
  Polygon bridge;    // between the brows, down to the bridge of the nose
  Polygon nose;      // its tip
  Polygon cheeks[2];
  Polygon chin;

  explicit FaceRegions(const Landmarks& landmarks);
};

/// Median over the region's pixels; a region of no pixel has no tint.
Tint median_tint(const Image& rgb, const Polygon& region);
/// The luma that a fraction of the region's pixels does not exceed; 0 for a region of no pixel.
double luma_quantile(const Image& rgb, const Polygon& region, double fraction);

}  // namespace fgcn::photo
