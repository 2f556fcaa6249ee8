// The sum of the triangle normals around a vertex, and whether it is more than rounding. One rule
// for the operator (vertex_normals) on every device and for the mesh code, which has double.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "kernels/core/real.h"

namespace fgcn {

/// The power of two 2^n with 2^n <= |x| < 2^(n+1). 0 for x below the least normal number, infinity
/// for what is not finite.
template <class T>
FGCN_HD T power_of_two_in(T x) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  constexpr auto kExponent = std::bit_cast<Bits>(std::numeric_limits<T>::infinity());
  return std::bit_cast<T>(std::bit_cast<Bits>(x) & kExponent);
}

/// s = sum over triangles (a, b, c) of (a - b) x (b - c), counted in scale^2, so that it neither
/// overflows nor vanishes for any unit of length. The scale is a power of two: s has the bits that
/// it would have without.
///
/// Whether s is noise: a coordinate of size m is known to eps m / 2, so each product of two edges'
/// coordinates, as computed, is off by at most four times eps m times the other edge's. Doubled for
/// positions that were themselves computed, and summed over the triangles per component of s, this
/// is `noise`: alone, a triangle whose height is under some twenty eps of its coordinates has no
/// normal. The rule knows no unit, and how far a mesh is from the origin along an axis matters only
/// to the components of s that depend on that coordinate.
template <class T>
struct NormalSum {
  T x = 0, y = 0, z = 0;
  T noise_x = 0, noise_y = 0, noise_z = 0;
  T scale = 0;  // at most the longest edge's largest coordinate; 0: no edge is longer than 0

  FGCN_HD void add(const T* a, const T* b, const T* c) {
    const T ux = a[0] - b[0], uy = a[1] - b[1], uz = a[2] - b[2];
    const T wx = b[0] - c[0], wy = b[1] - c[1], wz = b[2] - c[2];
    rescale(power_of_two_in(larger(largest(ux, uy, uz), largest(wx, wy, wz))));
    // Points at one place are multiplied by 0 all the same: what is not a number stays so.
    const T inverse = scale > 0 ? 1 / scale : T(0);
    add_scaled(ux * inverse, uy * inverse, uz * inverse, wx * inverse, wy * inverse, wz * inverse,
               blur(a[0], b[0], c[0], inverse), blur(a[1], b[1], c[1], inverse),
               blur(a[2], b[2], c[2], inverse));
  }

  FGCN_HD bool is_noise() const {
    return std::abs(x) <= noise_x && std::abs(y) <= noise_y && std::abs(z) <= noise_z;
  }

  /// 1 / |s|, counted in 1 / scale^2; 0 where s is noise.
  FGCN_HD T inverse_length() const {
    if (is_noise()) return 0;
    const T size = power_of_two_in(largest(x, y, z));  // squares of slivers' sums would vanish
    if (!(size > 0)) return 0;
    const T inverse = 1 / size;
    const T sx = x * inverse, sy = y * inverse, sz = z * inverse;
    return 1 / std::sqrt(sx * sx + sy * sy + sz * sz) * inverse;
  }

 private:
  /// Times eps.
  static constexpr T kRoundings = 8;

  FGCN_HD static T larger(T a, T b) { return a < b ? b : a; }
  FGCN_HD static T largest(T a, T b, T c) {
    return larger(std::abs(a), larger(std::abs(b), std::abs(c)));
  }
  /// How well a coordinate is known, in `scale`. No edge has more than 2 of that: beyond, all is
  /// noise, and an overflow has to stay a number.
  FGCN_HD static T blur(T a, T b, T c, T inverse) {
    const T known = kRoundings * std::numeric_limits<T>::epsilon() * (largest(a, b, c) * inverse);
    return known < 2 ? known : T(2);
  }
  FGCN_HD void rescale(T longest) {
    if (!(longest > scale)) return;
    const T ratio = scale / longest, square = ratio * ratio;
    x *= square;
    y *= square;
    z *= square;
    noise_x *= square;
    noise_y *= square;
    noise_z *= square;
    scale = longest;
  }
  FGCN_HD void add_scaled(T ux, T uy, T uz, T wx, T wy, T wz, T blur_x, T blur_y, T blur_z) {
    x += uy * wz - uz * wy;
    y += uz * wx - ux * wz;
    z += ux * wy - uy * wx;
    const T reach_x = std::abs(ux) + std::abs(wx), reach_y = std::abs(uy) + std::abs(wy),
            reach_z = std::abs(uz) + std::abs(wz);
    noise_x += blur_y * reach_z + blur_z * reach_y;
    noise_y += blur_z * reach_x + blur_x * reach_z;
    noise_z += blur_x * reach_y + blur_y * reach_x;
  }
};

}  // namespace fgcn
