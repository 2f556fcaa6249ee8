#include "kernels/project/project.h"

namespace fgcn::kernels {

void project(const Context& ctx, const Pinhole& camera, View<const real> x, View<real> y) {
  FGCN_CHECK(x.shape.rank == 3 && x.dim(2) == 3, "project: x is ", x.shape, ", expected [N, V, 3]");
  FGCN_CHECK(y.shape == x.shape, "project: y is ", y.shape, ", expected ", x.shape);
  FGCN_DISPATCH(ctx, project, camera, x, y);
}

void project_adjoint(const Context& ctx, const Pinhole& camera, View<const real> x,
                     View<const real> grad_y, View<real> grad_x) {
  FGCN_CHECK(x.shape.rank == 3 && x.dim(2) == 3, "project_adjoint: x is ", x.shape,
             ", expected [N, V, 3]");
  FGCN_CHECK(grad_y.shape == x.shape, "project_adjoint: grad_y is ", grad_y.shape, ", expected ",
             x.shape);
  FGCN_CHECK(grad_x.shape == x.shape, "project_adjoint: grad_x is ", grad_x.shape, ", expected ",
             x.shape);
  FGCN_DISPATCH(ctx, project_adjoint, camera, x, grad_y, grad_x);
}

}  // namespace fgcn::kernels
