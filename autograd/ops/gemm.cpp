#include "autograd/ops/gemm.h"

#include "kernels/gemm/gemm.h"

namespace fgcn::ops {

Var matmul(const Var& a, const Var& b, const MatmulOptions& options) {
  FGCN_CHECK(a.defined() && b.defined(), "matmul: an operand is undefined");
  FGCN_CHECK(a.shape().rank == 2 && b.shape().rank == 2, "matmul: a is ", a.shape(), " and b is ",
             b.shape(), ", expected two matrices");
  Tape& tape = a.tape();
  const Transpose ta = options.transpose_a;
  const Transpose tb = options.transpose_b;
  Tensor y(tape.context(), {a.dim(is_transposed(ta) ? 1 : 0), b.dim(is_transposed(tb) ? 0 : 1)});
  kernels::gemm(tape.context(), {.transpose_a = ta, .transpose_b = tb}, a.value().view(),
                b.value().view(), y.view());
  return tape.record("matmul", {a, b}, std::move(y), [a, b, ta, tb](const Var& grad_y) {
    // With A = op(a) and B = op(b): grad_A = grad_y B^T and grad_B = A^T grad_y, transposed back.
    Vars grads(2);
    if (a.requires_grad()) {
      grads[0] = is_transposed(ta)
                     ? matmul(b, grad_y, {.transpose_a = tb, .transpose_b = Transpose::kYes})
                     : matmul(grad_y, b, {.transpose_b = flipped(tb)});
    }
    if (b.requires_grad() &&
        (is_transposed(ta) || is_transposed(tb) || !b.tape().keep_factors(b, a, grad_y))) {
      grads[1] = is_transposed(tb)
                     ? matmul(grad_y, a, {.transpose_a = Transpose::kYes, .transpose_b = ta})
                     : matmul(a, grad_y, {.transpose_a = flipped(ta)});
    }
    return grads;
  });
}

}  // namespace fgcn::ops
