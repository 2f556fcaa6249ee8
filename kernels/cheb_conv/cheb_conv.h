// Chebyshev graph convolution and its adjoints.
#pragma once

#include "kernels/core/dispatch.h"
#include "kernels/core/transpose.h"

namespace fgcn::kernels {

/// Chebyshev graph convolution  y = sum_{k<K} T_k(L) x W_k,  or W_k^T.
///
///   l  [V, V]          CSR, the rescaled Laplacian: symmetric, spectrum in [-1, 1]
///   x  [V, N, C_in]    vertex-major
///   w  [K, C_in, C_out], or [K, C_out, C_in] when transposed
///   y  [V, N, C_out]   overwritten, must not overlap x
///
/// Errors   fgcn::Error when the shapes do not fit together.
/// Repeat   bitwise for any number of threads.
/// Source   Defferrard et al., NeurIPS 2016, section 2.1; for C_out < C_in the sum is Clenshaw's
///          (MTAC 9, 1955) on x W_k, which has fewer columns.
void cheb_conv(const Context& ctx, const CsrView& l, View<const real> x, View<const real> w,
               Transpose transpose_w, View<real> y);

FGCN_BACKENDS(void cheb_conv(const Context& ctx, const CsrView& l, View<const real> x,
                             View<const real> w, Transpose transpose_w, View<real> y))

/// The adjoint of cheb_conv by its weights  grad_w[k] = x^T T_k(L) grad_y, summed over V and N.
///
///   l, x as above; grad_y [V, N, C_out]; grad_w [K, C_in, C_out], overwritten
///
/// L is symmetric, so the terms may be taken of x or of grad_y: of the one with fewer channels.
/// Repeat   bitwise for any number of threads: partial sums over fixed ranges, in double.
void cheb_weight_grad(const Context& ctx, const CsrView& l, View<const real> x,
                      View<const real> grad_y, View<real> grad_w);

FGCN_BACKENDS(void cheb_weight_grad(const Context& ctx, const CsrView& l, View<const real> x,
                                    View<const real> grad_y, View<real> grad_w))

/// Both adjoints from one walk over the terms of grad_y: grad_x = sum_k T_k(L) grad_y W_k^T and
/// grad_w as above. Repeat as above.
void cheb_backward(const Context& ctx, const CsrView& l, View<const real> x, View<const real> w,
                   View<const real> grad_y, View<real> grad_x, View<real> grad_w);

FGCN_BACKENDS(void cheb_backward(const Context& ctx, const CsrView& l, View<const real> x,
                                 View<const real> w, View<const real> grad_y, View<real> grad_x,
                                 View<real> grad_w))

}  // namespace fgcn::kernels
