#include "kernels/sh_light/sh_light.h"

namespace fgcn::kernels {
namespace {

void check_light(const View<const real>& normals, const View<const real>& sh_coefficients) {
  FGCN_CHECK(normals.shape.rank == 3 && normals.dim(2) == 3, "sh_light: normals are ",
             normals.shape, ", expected [N, V, 3]");
  const Shape expected{normals.dim(0), 27};
  FGCN_CHECK(sh_coefficients.shape == expected, "sh_light: sh_coefficients is ",
             sh_coefficients.shape, ", expected ", expected);
}

}  // namespace

void sh_light(const Context& ctx, View<const real> normals, View<const real> sh_coefficients,
              View<real> y) {
  check_light(normals, sh_coefficients);
  FGCN_CHECK(y.shape == normals.shape, "sh_light: y is ", y.shape, ", expected ", normals.shape);
  FGCN_DISPATCH(ctx, sh_light, normals, sh_coefficients, y);
}

void sh_light_adjoint(const Context& ctx, View<const real> normals,
                      View<const real> sh_coefficients, View<const real> grad_y,
                      View<real> grad_normals, View<real> grad_sh_coefficients) {
  check_light(normals, sh_coefficients);
  FGCN_CHECK(grad_y.shape == normals.shape, "sh_light_adjoint: grad_y is ", grad_y.shape,
             ", expected ", normals.shape);
  FGCN_CHECK(grad_normals.shape == normals.shape, "sh_light_adjoint: grad_normals is ",
             grad_normals.shape, ", expected ", normals.shape);
  FGCN_CHECK(grad_sh_coefficients.shape == sh_coefficients.shape,
             "sh_light_adjoint: grad_sh_coefficients is ", grad_sh_coefficients.shape,
             ", expected ", sh_coefficients.shape);
  FGCN_DISPATCH(ctx, sh_light_adjoint, normals, sh_coefficients, grad_y, grad_normals,
                grad_sh_coefficients);
}

}  // namespace fgcn::kernels
