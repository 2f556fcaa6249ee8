// A step of gradient descent with momentum: shared by CPU and GPU.
#pragma once

#include "kernels/momentum/momentum.h"

namespace fgcn::kernels {

struct MomentumFactors {
  real rate, momentum, l2;
};

inline MomentumFactors momentum_factors(const MomentumOptions& options) {
  return {static_cast<real>(options.learning_rate), static_cast<real>(options.momentum),
          static_cast<real>(options.l2)};
}

/// One element.
FGCN_HD void momentum_element(const MomentumFactors& f, real grad, real& w, real& velocity) {
  velocity = f.momentum * velocity + (grad + f.l2 * w);
  w -= f.rate * velocity;
}

}  // namespace fgcn::kernels
