#include "kernels/bias_elu/bias_elu.h"

namespace fgcn::kernels {
namespace {

void check_bias(const char* op, const Shape& x, const Shape& b) {
  FGCN_CHECK(x.rank > 0 && b.rank == 1 && b[0] == x[x.rank - 1], op, ": the bias is ", b,
             " for values ", x);
}

}  // namespace

void bias_elu(const Context& ctx, View<const real> x, View<const real> b, View<real> y) {
  check_bias("bias_elu", x.shape, b.shape);
  FGCN_CHECK(y.shape == x.shape, "bias_elu: y is ", y.shape, ", expected ", x.shape);
  if (y.size() == 0) return;
  FGCN_DISPATCH(ctx, bias_elu, x, b, y);
}

void bias_elu_backward(const Context& ctx, View<const real> y, View<const real> grad_y,
                       View<real> grad_x, View<real> grad_b) {
  check_bias("bias_elu_backward", y.shape, grad_b.shape);
  FGCN_CHECK(grad_y.shape == y.shape, "bias_elu_backward: grad_y is ", grad_y.shape, ", expected ",
             y.shape);
  FGCN_CHECK(grad_x.shape == y.shape, "bias_elu_backward: grad_x is ", grad_x.shape, ", expected ",
             y.shape);
  if (y.size() == 0) return ctx.runtime().zero(grad_b.data, grad_b.size() * sizeof(real));
  FGCN_DISPATCH(ctx, bias_elu_backward, y, grad_y, grad_x, grad_b);
}

}  // namespace fgcn::kernels
