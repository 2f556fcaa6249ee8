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
/// coordinates, as computed, is off by at most four times eps m times the other edge's. This is
/// doubled for positions that were themselves computed. With m the largest of a vertex's triangles,
/// a lone triangle whose height is under some twenty eps m has no normal. The rule knows no unit,
/// and how far a mesh is from the origin along an axis matters only to the components of s that
/// depend on that coordinate.
template <class T>
class NormalSum {
 public:
  T x = 0, y = 0, z = 0;
  T scale = 0;  // 0: no edge is longer than 0

  FGCN_HD void add(const T* a, const T* b, const T* c) {
    T ux = a[0] - b[0], uy = a[1] - b[1], uz = a[2] - b[2];
    T wx = b[0] - c[0], wy = b[1] - c[1], wz = b[2] - c[2];
    const T both_x = std::abs(ux) + std::abs(wx), both_y = std::abs(uy) + std::abs(wy),
            both_z = std::abs(uz) + std::abs(wz);
    const T longest = larger(both_x, larger(both_y, both_z));
    if (longest > most_) rescale(power_of_two_in(longest));
    // While there is no scale this multiplies by 0: what is not a number stays so.
    ux *= inverse_, uy *= inverse_, uz *= inverse_;
    wx *= inverse_, wy *= inverse_, wz *= inverse_;
    x += uy * wz - uz * wy;
    y += uz * wx - ux * wz;
    z += ux * wy - uy * wx;
    edges_x_ += both_x * inverse_;
    edges_y_ += both_y * inverse_;
    edges_z_ += both_z * inverse_;
    far_x_ = larger(far_x_, largest(a[0], b[0], c[0]));
    far_y_ = larger(far_y_, largest(a[1], b[1], c[1]));
    far_z_ = larger(far_z_, largest(a[2], b[2], c[2]));
  }

  /// True where a sum without scale, some component of which is at least `part`, needs neither
  /// the scale nor a closer look: the sum of the edges' |coordinates| is `edges`, no corner has a
  /// coordinate beyond `far`. It is no noise then.
  FGCN_HD static bool is_plain(T part, T edges, T far) {
    return edges > 1 / kRoom && edges < kRoom &&
           part > 4 * kRoundings * std::numeric_limits<T>::epsilon() * (far * edges);
  }

  FGCN_HD bool is_noise() const {
    const T blur_x = blur(far_x_), blur_y = blur(far_y_), blur_z = blur(far_z_);
    return std::abs(x) <= blur_y * edges_z_ + blur_z * edges_y_ &&
           std::abs(y) <= blur_z * edges_x_ + blur_x * edges_z_ &&
           std::abs(z) <= blur_x * edges_y_ + blur_y * edges_x_;
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
  /// Edges may be so many times as long as the scale before it changes: rarely.
  static constexpr T kRoom = 1 << 16;

  FGCN_HD static T larger(T a, T b) { return a < b ? b : a; }
  FGCN_HD static T largest(T a, T b, T c) {
    return larger(std::abs(a), larger(std::abs(b), std::abs(c)));
  }
  /// How well a coordinate of that size is known. No edge has more than kRoom: beyond, all is
  /// noise, and what overflows has to stay a number.
  FGCN_HD T blur(T far) const {
    const T known = kRoundings * std::numeric_limits<T>::epsilon() * (far * inverse_);
    return known < kRoom ? known : kRoom;
  }
  FGCN_HD void rescale(T to) {
    if (!(to > scale)) return;  // no scale: less than the least normal number
    const T ratio = scale / to;
    x *= ratio * ratio;
    y *= ratio * ratio;
    z *= ratio * ratio;
    edges_x_ *= ratio;
    edges_y_ *= ratio;
    edges_z_ *= ratio;
    scale = to;
    inverse_ = 1 / to;
    most_ = kRoom * to;
  }

  T inverse_ = 0;                              // 1 / scale
  T most_ = 0;                                 // kRoom scale
  T edges_x_ = 0, edges_y_ = 0, edges_z_ = 0;  // sums of the edges' |coordinates|, in scale
  T far_x_ = 0, far_y_ = 0, far_z_ = 0;        // largest |coordinates| of the corners
};

}  // namespace fgcn
