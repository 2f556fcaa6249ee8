#include "autograd/ops/project.h"

namespace fgcn::ops {

Var project(const kernels::Pinhole& camera, const Var& x) {
  Tape& tape = x.tape();
  Tensor y(tape.context(), x.shape());
  kernels::project(tape.context(), camera, x.value().view(), y.view());
  return tape.record(
      "project", {x}, std::move(y),
      [camera, x](const Var& grad_y) {
        Tape& t = grad_y.tape();
        Tensor grad_x(t.context(), x.shape());
        kernels::project_adjoint(t.context(), camera, x.value().view(), grad_y.value().view(),
                                 grad_x.view());
        return Vars{t.constant(std::move(grad_x))};
      },
      Order::kOnce);
}

}  // namespace fgcn::ops
