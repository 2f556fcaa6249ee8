#include "autograd/ops/sh_light.h"

#include "kernels/sh_light/sh_light.h"

namespace fgcn::ops {

Var sh_light(const Var& normals, const Var& sh_coefficients) {
  Tape& tape = normals.tape();
  Tensor y(tape.context(), normals.shape());
  kernels::sh_light(tape.context(), normals.value().view(), sh_coefficients.value().view(),
                    y.view());
  return tape.record(
      "sh_light", {normals, sh_coefficients}, std::move(y),
      [normals, sh_coefficients](const Var& grad_y) {
        Tape& t = grad_y.tape();
        Tensor grad_normals(t.context(), normals.shape());
        Tensor grad_sh_coefficients(t.context(), sh_coefficients.shape());
        kernels::sh_light_adjoint(t.context(), normals.value().view(),
                                  sh_coefficients.value().view(), grad_y.value().view(),
                                  grad_normals.view(), grad_sh_coefficients.view());
        return Vars{t.constant(std::move(grad_normals)),
                    t.constant(std::move(grad_sh_coefficients))};
      },
      Order::kOnce);
}

}  // namespace fgcn::ops
