// Taped Chebyshev graph convolution (kernels/cheb_conv/cheb_conv.h).
#pragma once

#include "autograd/tape.h"
#include "kernels/cheb_conv/cheb_conv.h"

namespace fgcn::ops {

/// y = sum_k T_k(L) x W_k for x [V, N, C_in] and w [K, C_in, C_out], or its transposed reading.
/// Saves x and w only. Order: any; the VJPs are cheb_conv with the weights read the other way round
/// and cheb_weight_grad. Error unless L is symmetric.
Var cheb_conv(const SparseOperator& laplacian, const Var& x, const Var& w,
              kernels::Transpose transpose_w = kernels::Transpose::kNo);

/// grad_w[k] = x^T T_k(L) grad_y, [K, C_in, C_out]. Order: any.
Var cheb_weight_grad(const SparseOperator& laplacian, const Var& x, const Var& grad_y,
                     std::int64_t terms);

/// sum_k T_k(L) U z_k for z [V_c, N, K * C] on the coarse mesh, [V, N, C]; and its adjoint
/// grad_z_k = U^T T_k(L) grad_y, [V_c, N, K * C] (kernels/cheb_conv/cheb_unpool.h). Order: any;
/// each is the other's VJP. Error unless L is symmetric.
Var cheb_sum_unpooled(const SparseOperator& laplacian, const SparseOperator& unpool, const Var& z,
                      std::int64_t terms);
Var cheb_terms_pooled(const SparseOperator& laplacian, const SparseOperator& unpool,
                      const Var& grad_y, std::int64_t terms);

/// cheb_conv(L, U x, w) for x [V_c, N, C_in] with the products on the coarse mesh. U x is never
/// stored. Order, errors: as above.
Var cheb_conv_unpooled(const SparseOperator& laplacian, const SparseOperator& unpool, const Var& x,
                       const Var& w);

}  // namespace fgcn::ops
