// What CPU and GPU share of sampling.
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

}  // namespace fgcn::kernels
