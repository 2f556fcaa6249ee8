#include "autograd/ops/spmm.h"

#include "kernels/spmm/spmm.h"

namespace fgcn::ops {

Var spmm(const SparseOperator& a, const Var& x) {
  Tape& tape = x.tape();
  FGCN_CHECK(x.shape().rank > 0, "spmm: x is a scalar");
  Shape shape = x.shape();
  shape.sizes[0] = a.rows();
  Tensor y(tape.context(), shape);
  kernels::spmm(tape.context(), a.view(), x.value().view(), y.view());
  return tape.record("spmm", {x}, std::move(y),
                     [a](const Var& grad_y) { return Vars{spmm(a.transposed(), grad_y)}; });
}

}  // namespace fgcn::ops
