#include "autograd/ops/sh_light.h"

#include "kernels/sh_light/sh_light.h"

namespace fgcn::ops {

Var sh_light(const Var& normals, const Var& gamma) {
  Tape& tape = normals.tape();
  Tensor y(tape.context(), normals.shape());
  kernels::sh_light(tape.context(), normals.value().view(), gamma.value().view(), y.view());
  return tape.record(
      "sh_light", {normals, gamma}, std::move(y),
      [normals, gamma](const Var& grad_y) {
        Tape& t = grad_y.tape();
        Tensor grad_normals(t.context(), normals.shape());
        Tensor grad_gamma(t.context(), gamma.shape());
        kernels::sh_light_adjoint(t.context(), normals.value().view(), gamma.value().view(),
                                  grad_y.value().view(), grad_normals.view(), grad_gamma.view());
        return Vars{t.constant(std::move(grad_normals)), t.constant(std::move(grad_gamma))};
      },
      Order::kOnce);
}

}  // namespace fgcn::ops
