// Sampling: shared by CPU and GPU.
#pragma once

#include <cmath>

#include "kernels/sample_image/sample_image.h"

namespace fgcn::kernels {

/// The two pixels along one axis that a coordinate lies between.
struct Between {
  std::int64_t low = 0;
  std::int64_t high = 0;
  real weight = 0;      // of high
  bool inside = false;  // not clamped to the border
};

FGCN_HD Between between(real coordinate, std::int64_t size) {
  const real last = static_cast<real>(size - 1);
  const real centred = coordinate - real(0.5);
  Between out;
  out.inside = centred >= 0 && centred < last;
  const real at = centred < 0 ? real(0) : (centred > last ? last : centred);
  out.low = at == at ? static_cast<std::int64_t>(at) : 0;
  out.high = out.low + 1 < size ? out.low + 1 : size - 1;
  out.weight = at - static_cast<real>(out.low);
  return out;
}

FGCN_HD std::int64_t rounded(real coordinate, std::int64_t size) {
  const real last = static_cast<real>(size - 1);
  // NaN fails the first comparison.
  const real at = coordinate > 0 ? (coordinate < last ? coordinate : last) : real(0);
  return static_cast<std::int64_t>(std::nearbyint(at));
}

/// Value between four pixels: `b` lies to the right of `a`, `c` and `d` below them.
FGCN_HD real blend(real a, real b, real c, real d, real right, real below) {
  const real upper = a + right * (b - a);
  const real lower = c + right * (d - c);
  return upper + below * (lower - upper);
}

/// Its derivative from a towards b. (Towards c: change b and c, and give the weight of the right.)
FGCN_HD real blend_slope(real a, real b, real c, real d, real below) {
  return (b - a) + below * ((d - c) - (b - a));
}

/// One of the four pixels that a point reads (0 to 3, row by row).
struct Tap {
  std::int64_t row, column;
  real weight;
};

FGCN_HD Tap tap(const Between& h, const Between& w, int k) {
  const bool below = k >= 2, right = k % 2 == 1;
  return {below ? h.high : h.low, right ? w.high : w.low,
          (below ? h.weight : 1 - h.weight) * (right ? w.weight : 1 - w.weight)};
}

}  // namespace fgcn::kernels
