#include "kernels/sh_light/sh_light.h"

namespace fgcn::kernels {
namespace {

void check_light(const View<const real>& normals, const View<const real>& gamma) {
  FGCN_CHECK(normals.shape.rank == 3 && normals.dim(2) == 3, "sh_light: normals are ",
             normals.shape, ", expected [N, V, 3]");
  const Shape expected{normals.dim(0), 27};
  FGCN_CHECK(gamma.shape == expected, "sh_light: gamma is ", gamma.shape, ", expected ", expected);
}

}  // namespace

void sh_light(const Context& ctx, View<const real> normals, View<const real> gamma, View<real> y) {
  check_light(normals, gamma);
  FGCN_CHECK(y.shape == normals.shape, "sh_light: y is ", y.shape, ", expected ", normals.shape);
  FGCN_DISPATCH(ctx, sh_light, normals, gamma, y);
}

void sh_light_adjoint(const Context& ctx, View<const real> normals, View<const real> gamma,
                      View<const real> grad_y, View<real> grad_normals, View<real> grad_gamma) {
  check_light(normals, gamma);
  FGCN_CHECK(grad_y.shape == normals.shape, "sh_light_adjoint: grad_y is ", grad_y.shape,
             ", expected ", normals.shape);
  FGCN_CHECK(grad_normals.shape == normals.shape, "sh_light_adjoint: grad_normals is ",
             grad_normals.shape, ", expected ", normals.shape);
  FGCN_CHECK(grad_gamma.shape == gamma.shape, "sh_light_adjoint: grad_gamma is ", grad_gamma.shape,
             ", expected ", gamma.shape);
  FGCN_DISPATCH(ctx, sh_light_adjoint, normals, gamma, grad_y, grad_normals, grad_gamma);
}

}  // namespace fgcn::kernels
