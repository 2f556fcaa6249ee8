#include "autograd/ops/bias_elu.h"

#include <memory>

#include "autograd/ops/binary.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/unary.h"
#include "kernels/bias_elu/bias_elu.h"

namespace fgcn::ops {

Var bias_elu(const Var& x, const Var& b) {
  Tape& tape = x.tape();
  Tensor y(tape.context(), x.shape());
  kernels::bias_elu(tape.context(), x.value().view(), b.value().view(), y.view());
  // The VJP needs the output as a variable, so that a recorded backward pass depends on it; it is
  // known only once it has been recorded.
  const auto output = std::make_shared<Var>();
  Var result =
      tape.record("bias_elu", {x, b}, std::move(y), [output, shape = b.shape()](const Var& grad_y) {
        Tape& own = grad_y.tape();
        if (own.recording()) {
          const Var zero = own.constant(Tensor::zeros(own.context(), {1}));
          const Var grad_x = mul(grad_y, add_scalar(minimum(*output, zero), 1));
          return Vars{grad_x, sum_to(grad_x, shape)};
        }
        Tensor grad_x(own.context(), grad_y.shape());
        Tensor grad_b(own.context(), shape);
        kernels::bias_elu_backward(own.context(), output->value().view(), grad_y.value().view(),
                                   grad_x.view(), grad_b.view());
        return Vars{own.constant(std::move(grad_x)), own.constant(std::move(grad_b))};
      });
  *output = result;
  return result;
}

}  // namespace fgcn::ops
