// Taped bias and exponential linear unit (kernels/bias_elu/bias_elu.h).
#pragma once

#include "autograd/tape.h"

namespace fgcn::ops {

/// elu(x + b) for x [..., C] and b [C]. Saves its output only. Order: any.
Var bias_elu(const Var& x, const Var& b);

}  // namespace fgcn::ops
