#include "kernels/rigid/rigid.h"

namespace fgcn::kernels {
namespace {

void check_pose(const View<const real>& x, const Shape& angles, const Shape& translation) {
  FGCN_CHECK(x.shape.rank == 3 && x.dim(2) == 3, "rigid: x is ", x.shape, ", expected [N, V, 3]");
  const Shape expected{x.dim(0), 3};
  FGCN_CHECK(angles == expected, "rigid: angles are ", angles, ", expected ", expected);
  FGCN_CHECK(translation == expected, "rigid: the translation is ", translation, ", expected ",
             expected);
}

}  // namespace

void rigid(const Context& ctx, View<const real> x, View<const real> angles,
           View<const real> translation, View<real> y) {
  check_pose(x, angles.shape, translation.shape);
  FGCN_CHECK(y.shape == x.shape, "rigid: y is ", y.shape, ", expected ", x.shape);
  FGCN_DISPATCH(ctx, rigid, x, angles, translation, y);
}

void rigid_adjoint(const Context& ctx, View<const real> x, View<const real> angles,
                   View<const real> grad_y, View<real> grad_x, View<real> grad_angles,
                   View<real> grad_translation) {
  check_pose(x, angles.shape, grad_translation.shape);
  FGCN_CHECK(grad_y.shape == x.shape, "rigid_adjoint: grad_y is ", grad_y.shape, ", expected ",
             x.shape);
  FGCN_CHECK(grad_x.shape == x.shape, "rigid_adjoint: grad_x is ", grad_x.shape, ", expected ",
             x.shape);
  FGCN_CHECK(grad_angles.shape == angles.shape, "rigid_adjoint: grad_angles is ", grad_angles.shape,
             ", expected ", angles.shape);
  FGCN_DISPATCH(ctx, rigid_adjoint, x, angles, grad_y, grad_x, grad_angles, grad_translation);
}

}  // namespace fgcn::kernels
