#include "autograd/ops/cheb_conv.h"

#include "autograd/ops/gemm.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/transpose.h"
#include "kernels/cheb_conv/cheb_unpool.h"

namespace fgcn::ops {
namespace {

using kernels::Transpose;

void check(const char* op, const SparseOperator& laplacian, const Var& x) {
  FGCN_CHECK(laplacian.symmetric(), op, ": L is not symmetric");
  FGCN_CHECK(x.shape().rank == 3, op, ": x is ", x.shape(), ", expected [V, N, C]");
}

}  // namespace

Var cheb_conv(const SparseOperator& laplacian, const Var& x, const Var& w, Transpose transpose_w) {
  check("cheb_conv", laplacian, x);
  FGCN_CHECK(w.shape().rank == 3, "cheb_conv: the weights are ", w.shape(),
             ", expected [K, C_in, C_out]");
  Tape& tape = x.tape();
  const Context& ctx = tape.context();
  Tensor y(ctx, {x.dim(0), x.dim(1), w.dim(transpose_w == Transpose::kNo ? 2 : 1)});
  kernels::cheb_conv(ctx, laplacian.view(), x.value().view(), w.value().view(), transpose_w,
                     y.view());
  const auto vjp = [laplacian, x, w, transpose_w](const Var& grad_y) {
    const bool plain_w = transpose_w == Transpose::kNo;
    Tape& own = x.tape();
    if (!own.recording() && plain_w && x.requires_grad() && w.requires_grad()) {
      Tensor grad_x(own.context(), x.shape());
      Tensor grad_w(own.context(), w.shape());
      kernels::cheb_backward(own.context(), laplacian.view(), x.value().view(), w.value().view(),
                             grad_y.value().view(), grad_x.view(), grad_w.view());
      return Vars{own.constant(std::move(grad_x)), own.constant(std::move(grad_w))};
    }
    Vars grads(2);
    if (x.requires_grad()) grads[0] = cheb_conv(laplacian, grad_y, w, flipped(transpose_w));
    if (w.requires_grad())
      grads[1] = cheb_weight_grad(laplacian, plain_w ? x : grad_y, plain_w ? grad_y : x, w.dim(0));
    return grads;
  };
  return tape.record("cheb_conv", {x, w}, std::move(y), vjp);
}

Var cheb_weight_grad(const SparseOperator& laplacian, const Var& x, const Var& grad_y,
                     std::int64_t terms) {
  check("cheb_weight_grad", laplacian, x);
  FGCN_CHECK(grad_y.shape().rank == 3, "cheb_weight_grad: grad_y is ", grad_y.shape(),
             ", expected [V, N, C]");
  Tape& tape = x.tape();
  const Context& ctx = tape.context();
  Tensor grad_w(ctx, {terms, x.dim(2), grad_y.dim(2)});
  kernels::cheb_weight_grad(ctx, laplacian.view(), x.value().view(), grad_y.value().view(),
                            grad_w.view());
  return tape.record("cheb_weight_grad", {x, grad_y}, std::move(grad_w),
                     [laplacian, x, grad_y](const Var& cotangent) {
                       Vars grads(2);
                       if (x.requires_grad())
                         grads[0] = cheb_conv(laplacian, grad_y, cotangent, Transpose::kYes);
                       if (grad_y.requires_grad()) grads[1] = cheb_conv(laplacian, x, cotangent);
                       return grads;
                     });
}

Var cheb_sum_unpooled(const SparseOperator& laplacian, const SparseOperator& unpool, const Var& z,
                      std::int64_t terms) {
  check("cheb_sum_unpooled", laplacian, z);
  Tape& tape = z.tape();
  const Context& ctx = tape.context();
  Tensor y(ctx, {laplacian.rows(), z.dim(1), z.dim(2) / terms});
  kernels::cheb_sum_unpooled(ctx, laplacian.view(), unpool.view(), z.value().view(), y.view());
  return tape.record("cheb_sum_unpooled", {z}, std::move(y),
                     [laplacian, unpool, terms](const Var& grad_y) {
                       return Vars{cheb_terms_pooled(laplacian, unpool, grad_y, terms)};
                     });
}

Var cheb_terms_pooled(const SparseOperator& laplacian, const SparseOperator& unpool,
                      const Var& grad_y, std::int64_t terms) {
  check("cheb_terms_pooled", laplacian, grad_y);
  Tape& tape = grad_y.tape();
  const Context& ctx = tape.context();
  Tensor grad_z(ctx, {unpool.cols(), grad_y.dim(1), terms * grad_y.dim(2)});
  kernels::cheb_terms_pooled(ctx, laplacian.view(), unpool.view(), unpool.transposed().view(),
                             grad_y.value().view(), grad_z.view());
  return tape.record("cheb_terms_pooled", {grad_y}, std::move(grad_z),
                     [laplacian, unpool, terms](const Var& cotangent) {
                       return Vars{cheb_sum_unpooled(laplacian, unpool, cotangent, terms)};
                     });
}

Var cheb_conv_unpooled(const SparseOperator& laplacian, const SparseOperator& unpool, const Var& x,
                       const Var& w) {
  check("cheb_conv_unpooled", laplacian, x);
  FGCN_CHECK(w.shape().rank == 3 && w.dim(1) == x.dim(2), "cheb_conv_unpooled: the weights are ",
             w.shape(), " for x ", x.shape());
  const std::int64_t terms = w.dim(0), in = w.dim(1), out = w.dim(2);
  const Var beside = reshape(transpose(w, {1, 0, 2}), {in, terms * out});
  const Var rows = reshape(x, {x.dim(0) * x.dim(1), in});
  const Var z = reshape(matmul(rows, beside), {x.dim(0), x.dim(1), terms * out});
  return cheb_sum_unpooled(laplacian, unpool, z, terms);
}

}  // namespace fgcn::ops
