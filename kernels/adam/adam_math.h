// An Adam step: shared by CPU and GPU.
#pragma once

#include <cmath>

#include "kernels/adam/adam.h"

namespace fgcn::kernels {

/// Factor by which clipping multiplies a gradient. The terms of a product's square may cancel to a
/// little below zero; NaN stays.
FGCN_HD real adam_scale(double clip_norm, double square) {
  if (!(clip_norm > 0)) return 1;
  const double norm = std::sqrt(square < 0 ? 0 : square);
  return static_cast<real>(clip_norm / (clip_norm < norm ? norm : clip_norm));
}

FGCN_HD bool adam_is_finite(double square) { return square - square == 0; }

/// One element; grad without the L2 term.
FGCN_HD void adam_element(const AdamFactors& f, real scale, real l2, real grad, real& w, real& m,
                          real& v) {
  const real g = (grad + l2 * w) * scale;
  m = f.beta1 * m + f.rest1 * g;
  v = f.beta2 * v + f.rest2 * (g * g);
  w -= f.rate * m / (std::sqrt(v) + f.epsilon);
}

FGCN_HD void adam_mean(const AdamFactors& f, real w, real& mean) {
  mean = f.keep * mean + f.take * w;
}

}  // namespace fgcn::kernels
