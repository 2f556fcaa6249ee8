#include "kernels/transpose/transpose.h"

namespace fgcn::kernels {

AxisOrder inverse(const AxisOrder& axes) {
  AxisOrder out = axes;
  bool seen[Shape::kMaxRank] = {};
  for (int i = 0; i < axes.rank; ++i) {
    const int axis = axes.order[i];
    FGCN_CHECK(axis >= 0 && axis < axes.rank && !seen[axis], "transpose: axis ", axis,
               " twice or out of range in an order of ", axes.rank);
    seen[axis] = true;
    out.order[axis] = i;
  }
  return out;
}

Shape transposed_shape(const Shape& x, const AxisOrder& axes) {
  FGCN_CHECK(axes.rank == x.rank, "transpose: x is ", x, ", the order has ", axes.rank, " axes");
  inverse(axes);
  Shape out = x;
  for (int i = 0; i < x.rank; ++i) out.sizes[i] = x[axes.order[i]];
  return out;
}

void transpose(const Context& ctx, View<const real> x, const AxisOrder& axes, View<real> y) {
  const Shape expected = transposed_shape(x.shape, axes);
  FGCN_CHECK(y.shape == expected, "transpose: y is ", y.shape, ", expected ", expected);
  FGCN_DISPATCH(ctx, transpose, x, axes, y);
}

}  // namespace fgcn::kernels
