// Taped matrix products (kernels/gemm/gemm.h).
#pragma once

#include "autograd/tape.h"
#include "kernels/core/transpose.h"

namespace fgcn::ops {

using kernels::Transpose;

struct MatmulOptions {
  Transpose transpose_a = Transpose::kNo;
  Transpose transpose_b = Transpose::kNo;
};

/// op(a) op(b) of two matrices, [M, K] x [K, N] -> [M, N]; op transposes as the options say.
/// Order: any. Tape::gradients() may keep b's gradient as the factors a and grad_y.
Var matmul(const Var& a, const Var& b, const MatmulOptions& options = {});

}  // namespace fgcn::ops
