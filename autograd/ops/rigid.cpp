#include "autograd/ops/rigid.h"

#include "kernels/rigid/rigid.h"

namespace fgcn::ops {

Var rigid(const Var& x, const Var& angles, const Var& translation) {
  Tape& tape = x.tape();
  Tensor y(tape.context(), x.shape());
  kernels::rigid(tape.context(), x.value().view(), angles.value().view(),
                 translation.value().view(), y.view());
  return tape.record(
      "rigid", {x, angles, translation}, std::move(y),
      [x, angles](const Var& grad_y) {
        Tape& t = grad_y.tape();
        Tensor grad_x(t.context(), x.shape());
        Tensor grad_angles(t.context(), angles.shape());
        Tensor grad_translation(t.context(), angles.shape());
        kernels::rigid_adjoint(t.context(), x.value().view(), angles.value().view(),
                               grad_y.value().view(), grad_x.view(), grad_angles.view(),
                               grad_translation.view());
        return Vars{t.constant(std::move(grad_x)), t.constant(std::move(grad_angles)),
                    t.constant(std::move(grad_translation))};
      },
      Order::kOnce);
}

Var rotate(const Var& x, const Var& angles) {
  Tape& tape = x.tape();
  return rigid(x, angles, tape.constant(Tensor::zeros(tape.context(), angles.shape())));
}

}  // namespace fgcn::ops
