// Taped matrix products (kernels/gemm/gemm.h).
#pragma once

#include "autograd/tape.h"

namespace fgcn::ops {

struct MatmulOptions {
  bool transpose_a = false;
  bool transpose_b = false;
};

/// op(a) op(b) of two matrices, [M, K] x [K, N] -> [M, N]; op transposes as the options say.
/// Order: any.
Var matmul(const Var& a, const Var& b, const MatmulOptions& options = {});

}  // namespace fgcn::ops
