// What CPU and GPU share of an Adam step.
#pragma once

#include <cmath>

#include "kernels/adam/adam.h"

namespace fgcn::kernels {

/// One element; grad without the L2 term.
FGCN_HD void adam_element(const AdamFactors& f, real grad, real& w, real& m, real& v) {
  const real g = (grad + f.l2 * w) * f.scale;
  m = f.beta1 * m + f.rest1 * g;
  v = f.beta2 * v + f.rest2 * (g * g);
  w -= f.rate * m / (std::sqrt(v) + f.epsilon);
}

FGCN_HD void adam_mean(const AdamFactors& f, real w, real& mean) {
  mean = f.keep * mean + f.take * w;
}

}  // namespace fgcn::kernels
