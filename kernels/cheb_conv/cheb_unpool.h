// The terms of a Chebyshev convolution behind an un-pooling, whose product with the weights is made
// on the coarse mesh:  sum_k T_k(L) (U x) W_k = sum_k T_k(L) U z_k  with  z_k = x W_k.
#pragma once

#include "kernels/core/dispatch.h"

namespace fgcn::kernels {

/// y = sum_{k<K} T_k(L) U z_k.
///
///   l  [V, V]           CSR, the rescaled Laplacian of the fine mesh: symmetric
///   u  [V, V_c]         CSR, the un-pooling
///   z  [V_c, N, K * C]  the terms side by side
///   y  [V, N, C]        overwritten, must not overlap z
///
/// Errors   fgcn::Error when the shapes do not fit together.
/// Repeat   bitwise for any number of threads.
/// Source   Clenshaw, MTAC 9, 1955.
void cheb_sum_unpooled(const Context& ctx, const CsrView& l, const CsrView& u, View<const real> z,
                       View<real> y);

FGCN_BACKENDS(void cheb_sum_unpooled(const Context& ctx, const CsrView& l, const CsrView& u,
                                     View<const real> z, View<real> y))

/// The adjoint  grad_z_k = U^T T_k(L) grad_y.
///
///   l, u as above
///   pool    [V_c, V]        U^T, also by rows: a GPU gathers by them, where the CPU walks those of
///   U grad_y  [V, N, C] grad_z  [V_c, N, K * C]  overwritten, must not overlap grad_y
///
/// Errors   as above; that `pool` has the values of U^T is not checked.
/// Repeat   bitwise for any number of threads. CPU: rows are added in order by segments of the
/// mesh,
///          and those in order. GPU: one thread owns one element of a term.
void cheb_terms_pooled(const Context& ctx, const CsrView& l, const CsrView& u, const CsrView& pool,
                       View<const real> grad_y, View<real> grad_z);

FGCN_BACKENDS(void cheb_terms_pooled(const Context& ctx, const CsrView& l, const CsrView& u,
                                     const CsrView& pool, View<const real> grad_y,
                                     View<real> grad_z))

}  // namespace fgcn::kernels
