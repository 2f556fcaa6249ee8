// The sRGB transfer function, and the lightness of a color.
#pragma once

#include <cmath>

namespace fgcn::mesh {

/// Encoded [0, 1] -> linear [0, 1]. Source: IEC 61966-2-1.
inline double linear_from_srgb(double encoded) {
  return encoded <= 0.04045 ? encoded / 12.92 : std::pow((encoded + 0.055) / 1.055, 2.4);
}
/// Linear [0, 1] -> encoded [0, 1].
inline double srgb_from_linear(double linear) {
  return linear <= 0.0031308 ? linear * 12.92 : 1.055 * std::pow(linear, 1.0 / 2.4) - 0.055;
}

/// CIE lightness L* [0, 100] of an sRGB-encoded color, each channel in [0, 1]. Source: CIE 15:2004,
/// section 8.2.1.1, with the luminance of IEC 61966-2-1.
inline double lightness(double red, double green, double blue) {
  const double y = 0.2126 * linear_from_srgb(red) + 0.7152 * linear_from_srgb(green) +
                   0.0722 * linear_from_srgb(blue);
  constexpr double kEdge = 6.0 / 29.0;
  const double root =
      y > kEdge * kEdge * kEdge ? std::cbrt(y) : y / (3 * kEdge * kEdge) + 4.0 / 29.0;
  return 116 * root - 16;
}

}  // namespace fgcn::mesh
