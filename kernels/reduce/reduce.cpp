#include "kernels/reduce/reduce.h"

#include "kernels/binary/binary.h"

namespace fgcn::kernels {

void reduce_sum(const Context& ctx, View<const real> x, View<real> y) {
  FGCN_CHECK(broadcast_shape(x.shape, y.shape) == x.shape, "reduce_sum: y is ", y.shape,
             ", which does not broadcast to x, ", x.shape);
  FGCN_DISPATCH(ctx, reduce_sum, x, y);
}

void repeat(const Context& ctx, View<const real> x, View<real> y) {
  FGCN_CHECK(broadcast_shape(x.shape, y.shape) == y.shape, "repeat: x is ", x.shape,
             ", which does not broadcast to y, ", y.shape);
  FGCN_DISPATCH(ctx, repeat, x, y);
}

}  // namespace fgcn::kernels
