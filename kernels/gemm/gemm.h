// Dense matrix products.
#pragma once

#include "kernels/core/dispatch.h"
#include "kernels/core/transpose.h"

namespace fgcn::kernels {

/// Which operands are read transposed, and whether y is added to.
struct GemmOptions {
  Transpose transpose_a = Transpose::kNo;
  Transpose transpose_b = Transpose::kNo;
  bool accumulate = false;  // y += instead of y =
};

/// Matrix product  y = op(a) op(b),  op(m) = m or its transpose.
///
///   a  [M, K], or [K, M] when transposed
///   b  [K, N], or [N, K] when transposed
///   y  [M, N]  must not overlap a or b
///
/// Errors   fgcn::Error when the shapes do not fit together.
/// Order    any: a closed family, each VJP another member.
/// Repeat   bitwise for any number of threads: the blocks and the order of each sum are fixed by
///          the sizes alone. CUDA: cuBLAS in float32, the same bits on one kind of GPU and one
///          version of the library.
/// Source   Goto and van de Geijn, ACM TOMS 34(3), 2008, for the packing and the register tile.
void gemm(const Context& ctx, const GemmOptions& options, View<const real> a, View<const real> b,
          View<real> y);

FGCN_BACKENDS(void gemm(const Context& ctx, const GemmOptions& options, View<const real> a,
                        View<const real> b, View<real> y))

}  // namespace fgcn::kernels
