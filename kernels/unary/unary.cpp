#include "kernels/unary/unary.h"

namespace fgcn::kernels {
namespace {

void check_parameters(const UnaryFunction& f) {
  if (f.kind == Unary::kLeakyRelu)
    FGCN_CHECK(f.p >= 0, "leaky_relu: the slope is ", f.p, ", expected at least 0");
  if (f.kind == Unary::kClamp) FGCN_CHECK(f.p <= f.q, "clamp: the bounds are ", f.p, " and ", f.q);
}

}  // namespace

bool derivative_from_output(Unary kind) {
  switch (kind) {
    case Unary::kExp:
    case Unary::kSqrt:
    case Unary::kTanh:
    case Unary::kSigmoid:
    case Unary::kLeakyRelu:
    case Unary::kElu:
    case Unary::kReciprocal:
      return true;
    default:
      return false;
  }
}

void unary(const Context& ctx, const UnaryFunction& f, View<const real> x, View<real> y) {
  check_parameters(f);
  FGCN_CHECK(y.shape == x.shape, "unary: y is ", y.shape, ", expected ", x.shape);
  FGCN_DISPATCH(ctx, unary, f, x, y);
}

void unary_vjp(const Context& ctx, const UnaryFunction& f, View<const real> s,
               View<const real> grad_y, View<real> grad_x) {
  check_parameters(f);
  FGCN_CHECK(grad_y.shape == s.shape, "unary_vjp: grad_y is ", grad_y.shape, ", expected ",
             s.shape);
  FGCN_CHECK(grad_x.shape == s.shape, "unary_vjp: grad_x is ", grad_x.shape, ", expected ",
             s.shape);
  FGCN_DISPATCH(ctx, unary_vjp, f, s, grad_y, grad_x);
}

}  // namespace fgcn::kernels
