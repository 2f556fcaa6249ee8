// Taped Chebyshev graph convolution (kernels/cheb_conv/cheb_conv.h).
#pragma once

#include "autograd/tape.h"
#include "kernels/cheb_conv/cheb_conv.h"

namespace fgcn::ops {

/// y = sum_k T_k(L) x W_k for x [V, N, C_in] and w [K, C_in, C_out], or its transposed reading.
/// Saves x and w only. Order: any; the VJPs are cheb_conv with the weights read the other way round
/// and cheb_weight_grad. Error unless L is symmetric.
Var cheb_conv(const SparseOperator& laplacian, const Var& x, const Var& w,
              kernels::ChebWeights side = kernels::ChebWeights::kAsGiven);

/// grad_w[k] = x^T T_k(L) grad_y, [K, C_in, C_out]. Order: any.
Var cheb_weight_grad(const SparseOperator& laplacian, const Var& x, const Var& grad_y,
                     std::int64_t terms);

}  // namespace fgcn::ops
