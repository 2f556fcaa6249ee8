#include "kernels/spmm/spmm.h"

namespace fgcn::kernels {

void spmm(const Context& ctx, const CsrView& a, View<const real> x, View<real> y) {
  FGCN_CHECK(x.shape.rank > 0, "spmm: x is a scalar");
  FGCN_CHECK(x.dim(0) == a.cols, "spmm: x is ", x.shape, " but A has ", a.cols, " columns");
  Shape expected = x.shape;
  expected.sizes[0] = a.rows;
  FGCN_CHECK(y.shape == expected, "spmm: y is ", y.shape, ", expected ", expected);
  if (y.size() == 0) return;
  FGCN_DISPATCH(ctx, spmm, a, x, y);
}

}  // namespace fgcn::kernels
