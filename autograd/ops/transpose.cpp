#include "autograd/ops/transpose.h"

namespace fgcn::ops {

Var transpose(const Var& x, const kernels::AxisOrder& axes) {
  FGCN_CHECK(x.defined(), "transpose: the argument is undefined");
  Tape& tape = x.tape();
  Tensor y(tape.context(), kernels::transposed_shape(x.shape(), axes));
  kernels::transpose(tape.context(), x.value().view(), axes, y.view());
  return tape.record(
      "transpose", {x}, std::move(y),
      [back = kernels::inverse(axes)](const Var& grad_y) { return Vars{transpose(grad_y, back)}; });
}

}  // namespace fgcn::ops
