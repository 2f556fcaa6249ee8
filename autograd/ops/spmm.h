// Taped sparse-dense product (kernels/spmm/spmm.h).
#pragma once

#include "autograd/tape.h"

namespace fgcn::ops {

/// y = A x for x [V, ...]. Order: any; the VJP is spmm with A transposed. A is a constant.
Var spmm(const SparseOperator& a, const Var& x);

}  // namespace fgcn::ops
