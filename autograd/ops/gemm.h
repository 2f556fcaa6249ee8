// Taped matrix products (kernels/gemm/gemm.h).
#pragma once

#include "autograd/tape.h"

namespace fgcn::ops {

struct MatmulOptions {
  bool transpose_a = false;
  bool transpose_b = false;
};

/// op(a) op(b) of two matrices, [M, K] x [K, N] -> [M, N]; op transposes as the options say.
/// Order: any. Tape::gradients() may keep b's gradient as the factors a and grad_y.
Var matmul(const Var& a, const Var& b, const MatmulOptions& options = {});

}  // namespace fgcn::ops
