#include "autograd/ops/max_pool.h"

namespace fgcn::ops {

Var max_pool(const Var& x, const MaxPoolOptions& options) {
  FGCN_CHECK(x.defined() && x.shape().rank == 4,
             "max_pool: x is undefined or not [N, H, W, C]: ", x.shape());
  Tape& tape = x.tape();
  const Shape shape{x.dim(0), kernels::max_pool_size(x.dim(1), options),
                    kernels::max_pool_size(x.dim(2), options), x.dim(3)};
  Tensor y(tape.context(), shape);
  IndexTensor place(tape.context(), shape);
  kernels::max_pool(tape.context(), options, x.value().view(), y.view(), place.view());
  return tape.record("max_pool", {x}, std::move(y),
                     [place, options, from = x.shape()](const Var& grad_y) {
                       return Vars{max_pool_spread(grad_y, place, from, options)};
                     });
}

Var max_pool_pick(const Var& x, const IndexTensor& place, const MaxPoolOptions& options) {
  FGCN_CHECK(x.defined(), "max_pool_pick: x is undefined");
  Tape& tape = x.tape();
  Tensor y(tape.context(), place.shape());
  kernels::max_pool_pick(tape.context(), x.value().view(), place.view(), y.view());
  return tape.record("max_pool_pick", {x}, std::move(y),
                     [place, options, from = x.shape()](const Var& grad_y) {
                       return Vars{max_pool_spread(grad_y, place, from, options)};
                     });
}

Var max_pool_spread(const Var& grad_y, const IndexTensor& place, const Shape& x_shape,
                    const MaxPoolOptions& options) {
  FGCN_CHECK(grad_y.defined(), "max_pool_spread: grad_y is undefined");
  Tape& tape = grad_y.tape();
  Tensor grad_x(tape.context(), x_shape);
  kernels::max_pool_spread(tape.context(), options, grad_y.value().view(), place.view(),
                           grad_x.view());
  return tape.record(
      "max_pool_spread", {grad_y}, std::move(grad_x),
      [place, options](const Var& c) { return Vars{max_pool_pick(c, place, options)}; });
}

}  // namespace fgcn::ops
