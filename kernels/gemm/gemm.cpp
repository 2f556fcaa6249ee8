#include "kernels/gemm/gemm.h"

namespace fgcn::kernels {

void gemm(const Context& ctx, const GemmOptions& options, View<const real> a, View<const real> b,
          View<real> y) {
  FGCN_CHECK(a.shape.rank == 2 && b.shape.rank == 2, "gemm: a is ", a.shape, " and b is ", b.shape,
             ", expected two matrices");
  const std::int64_t m = a.dim(is_transposed(options.transpose_a) ? 1 : 0);
  const std::int64_t k = a.dim(is_transposed(options.transpose_a) ? 0 : 1);
  const std::int64_t n = b.dim(is_transposed(options.transpose_b) ? 0 : 1);
  const std::int64_t k_of_b = b.dim(is_transposed(options.transpose_b) ? 1 : 0);
  FGCN_CHECK(k == k_of_b, "gemm: a is ", a.shape,
             (is_transposed(options.transpose_a) ? " transposed" : ""), " and b is ", b.shape,
             (is_transposed(options.transpose_b) ? " transposed" : ""),
             ": they do not fit together");
  const Shape expected{m, n};
  FGCN_CHECK(y.shape == expected, "gemm: y is ", y.shape, ", expected ", expected);
  FGCN_DISPATCH(ctx, gemm, options, a, b, y);
}

}  // namespace fgcn::kernels
