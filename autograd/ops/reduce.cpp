#include "autograd/ops/reduce.h"

#include "autograd/ops/binary.h"
#include "kernels/reduce/reduce.h"

namespace fgcn::ops {

Var sum_to(const Var& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  Tape& tape = x.tape();
  Tensor y(tape.context(), shape);
  kernels::reduce_sum(tape.context(), x.value().view(), y.view());
  const Shape from = x.shape();
  return tape.record("sum_to", {x}, std::move(y),
                     [from](const Var& grad_y) { return Vars{repeat_to(grad_y, from)}; });
}

Var repeat_to(const Var& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  Tape& tape = x.tape();
  Tensor y(tape.context(), shape);
  kernels::repeat(tape.context(), x.value().view(), y.view());
  const Shape from = x.shape();
  return tape.record("repeat_to", {x}, std::move(y),
                     [from](const Var& grad_y) { return Vars{sum_to(grad_y, from)}; });
}

Var sum(const Var& x) { return sum_to(x, {1}); }

Var mean(const Var& x) {
  FGCN_CHECK(x.size() > 0, "mean: of no elements");
  Tape& tape = x.tape();
  const auto weight = static_cast<real>(1.0 / static_cast<double>(x.size()));
  return mul(sum(x), tape.constant(Tensor::full(tape.context(), {1}, weight)));
}

Var reshape(const Var& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  const Shape from = x.shape();
  return x.tape().record("reshape", {x}, x.value().reshaped(shape),
                         [from](const Var& grad_y) { return Vars{reshape(grad_y, from)}; });
}

}  // namespace fgcn::ops
