#include "autograd/ops/conv2d.h"

namespace fgcn::ops {

Var conv2d(const Var& x, const Var& weight, const Conv2dOptions& options) {
  FGCN_CHECK(x.defined() && weight.defined(), "conv2d: an argument is undefined");
  FGCN_CHECK(x.shape().rank == 4 && weight.shape().rank == 4, "conv2d: x is ", x.shape(),
             " and weight ", weight.shape(),
             ", expected [N, H, W, C_in] and [KH, KW, C_in, C_out]");
  Tape& tape = x.tape();
  Tensor y(tape.context(), {x.dim(0), kernels::conv2d_size(x.dim(1), weight.dim(0), options),
                            kernels::conv2d_size(x.dim(2), weight.dim(1), options), weight.dim(3)});
  kernels::conv2d(tape.context(), options, x.value().view(), weight.value().view(), y.view());
  return tape.record("conv2d", {x, weight}, std::move(y), [x, weight, options](const Var& grad_y) {
    const Tape& walk = grad_y.tape();
    return Vars{walk.wants(0) ? conv2d_input(grad_y, weight, x.shape(), options) : Var(),
                walk.wants(1) ? conv2d_weight(x, grad_y, weight.shape(), options) : Var()};
  });
}

Var conv2d_input(const Var& grad_y, const Var& weight, const Shape& x_shape,
                 const Conv2dOptions& options) {
  FGCN_CHECK(grad_y.defined() && weight.defined(), "conv2d_input: an argument is undefined");
  Tape& tape = grad_y.tape();
  Tensor grad_x(tape.context(), x_shape);
  kernels::conv2d_input(tape.context(), options, grad_y.value().view(), weight.value().view(),
                        grad_x.view());
  return tape.record(
      "conv2d_input", {grad_y, weight}, std::move(grad_x), [grad_y, weight, options](const Var& c) {
        return Vars{c.tape().wants(0) ? conv2d(c, weight, options) : Var(),
                    c.tape().wants(1) ? conv2d_weight(c, grad_y, weight.shape(), options) : Var()};
      });
}

Var conv2d_weight(const Var& x, const Var& grad_y, const Shape& weight_shape,
                  const Conv2dOptions& options) {
  FGCN_CHECK(x.defined() && grad_y.defined(), "conv2d_weight: an argument is undefined");
  Tape& tape = x.tape();
  Tensor grad_weight(tape.context(), weight_shape);
  kernels::conv2d_weight(tape.context(), options, x.value().view(), grad_y.value().view(),
                         grad_weight.view());
  return tape.record(
      "conv2d_weight", {x, grad_y}, std::move(grad_weight), [x, grad_y, options](const Var& c) {
        return Vars{c.tape().wants(0) ? conv2d_input(grad_y, c, x.shape(), options) : Var(),
                    c.tape().wants(1) ? conv2d(x, c, options) : Var()};
      });
}

}  // namespace fgcn::ops
