// The sRGB transfer function.
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

}  // namespace fgcn::mesh
