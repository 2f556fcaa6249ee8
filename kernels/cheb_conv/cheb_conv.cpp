#include "kernels/cheb_conv/cheb_conv.h"

namespace fgcn::kernels {
namespace {

void check_on_mesh(const char* op, const char* argument, const CsrView& l, const Shape& shape) {
  FGCN_CHECK(l.rows == l.cols, op, ": L is [", l.rows, ", ", l.cols, "], expected a square");
  FGCN_CHECK(shape.rank == 3 && shape[0] == l.rows, op, ": ", argument, " is ", shape,
             ", expected [", l.rows, ", N, C]");
}

void check_weights(const char* op, const Shape& w, std::int64_t in, std::int64_t out) {
  FGCN_CHECK(w.rank == 3 && w[0] >= 1 && w[1] == in && w[2] == out, op, ": the weights are ", w,
             ", expected [K, ", in, ", ", out, "]");
}

}  // namespace

void cheb_conv(const Context& ctx, const CsrView& l, View<const real> x, View<const real> w,
               Transpose transpose_w, View<real> y) {
  check_on_mesh("cheb_conv", "x", l, x.shape);
  check_on_mesh("cheb_conv", "y", l, y.shape);
  const bool plain_w = transpose_w == Transpose::kNo;
  check_weights("cheb_conv", w.shape, plain_w ? x.dim(2) : y.dim(2), plain_w ? y.dim(2) : x.dim(2));
  FGCN_CHECK(y.dim(1) == x.dim(1), "cheb_conv: y is ", y.shape, " for x ", x.shape);
  if (y.size() == 0) return;
  if (x.size() == 0) return ctx.runtime().zero(y.data, y.size() * sizeof(real));
  FGCN_DISPATCH(ctx, cheb_conv, l, x, w, transpose_w, y);
}

void cheb_weight_grad(const Context& ctx, const CsrView& l, View<const real> x,
                      View<const real> grad_y, View<real> grad_w) {
  check_on_mesh("cheb_weight_grad", "x", l, x.shape);
  check_on_mesh("cheb_weight_grad", "grad_y", l, grad_y.shape);
  check_weights("cheb_weight_grad", grad_w.shape, x.dim(2), grad_y.dim(2));
  FGCN_CHECK(grad_y.dim(1) == x.dim(1), "cheb_weight_grad: grad_y is ", grad_y.shape, " for x ",
             x.shape);
  if (grad_w.size() == 0) return;
  if (x.size() == 0) return ctx.runtime().zero(grad_w.data, grad_w.size() * sizeof(real));
  FGCN_DISPATCH(ctx, cheb_weight_grad, l, x, grad_y, grad_w);
}

void cheb_backward(const Context& ctx, const CsrView& l, View<const real> x, View<const real> w,
                   View<const real> grad_y, View<real> grad_x, View<real> grad_w) {
  check_on_mesh("cheb_backward", "x", l, x.shape);
  check_on_mesh("cheb_backward", "grad_y", l, grad_y.shape);
  check_weights("cheb_backward", w.shape, x.dim(2), grad_y.dim(2));
  FGCN_CHECK(grad_x.shape == x.shape, "cheb_backward: grad_x is ", grad_x.shape, ", expected ",
             x.shape);
  FGCN_CHECK(grad_w.shape == w.shape, "cheb_backward: grad_w is ", grad_w.shape, ", expected ",
             w.shape);
  FGCN_CHECK(grad_y.dim(1) == x.dim(1), "cheb_backward: grad_y is ", grad_y.shape, " for x ",
             x.shape);
  if (x.size() == 0 || grad_y.size() == 0) {
    ctx.runtime().zero(grad_x.data, grad_x.size() * sizeof(real));
    ctx.runtime().zero(grad_w.data, grad_w.size() * sizeof(real));
    return;
  }
  FGCN_DISPATCH(ctx, cheb_backward, l, x, w, grad_y, grad_x, grad_w);
}

}  // namespace fgcn::kernels
