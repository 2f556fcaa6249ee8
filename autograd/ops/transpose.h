// Taped reordering of axes (kernels/transpose/transpose.h).
#pragma once

#include "autograd/tape.h"
#include "kernels/transpose/transpose.h"

namespace fgcn::ops {

/// Axis i of the result is axis order[i] of x, as in transpose(x, {0, 2, 1}). Order: any.
Var transpose(const Var& x, const kernels::AxisOrder& axes);

}  // namespace fgcn::ops
