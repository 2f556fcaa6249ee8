// Taped sums over axes and repetition: each the other's adjoint (kernels/reduce/reduce.h).
#pragma once

#include "autograd/tape.h"

namespace fgcn::ops {

/// Sum over the axes along which `shape` is 1 or missing. Order: any.
Var sum_to(const Var& x, const Shape& shape);
/// Repeats along the axes where x is 1 or missing. Order: any.
Var repeat_to(const Var& x, const Shape& shape);
/// The sum and the mean of all elements, as one element of shape [1]. Order: any.
Var sum(const Var& x);
Var mean(const Var& x);
/// The elements under another shape. Order: any.
Var reshape(const Var& x, const Shape& shape);

}  // namespace fgcn::ops
