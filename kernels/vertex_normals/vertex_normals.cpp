#include "kernels/vertex_normals/vertex_normals.h"

namespace fgcn::kernels {
namespace {

void check_mesh(const View<const std::int32_t>& triangles, const CornersView& corners,
                const View<const real>& x) {
  FGCN_CHECK(x.shape.rank == 3 && x.dim(2) == 3, "vertex_normals: x is ", x.shape,
             ", expected [N, V, 3]");
  FGCN_CHECK(triangles.shape.rank == 2 && triangles.dim(1) == 3, "vertex_normals: triangles are ",
             triangles.shape, ", expected [F, 3]");
  FGCN_CHECK(corners.vertices == x.dim(1), "vertex_normals: x is ", x.shape, " but the mesh has ",
             corners.vertices, " vertices");
}

}  // namespace

void vertex_normals(const Context& ctx, View<const std::int32_t> triangles,
                    const CornersView& corners, View<const real> x, View<real> y) {
  check_mesh(triangles, corners, x);
  FGCN_CHECK(y.shape == x.shape, "vertex_normals: y is ", y.shape, ", expected ", x.shape);
  FGCN_DISPATCH(ctx, vertex_normals, triangles, corners, x, y);
}

void vertex_normals_adjoint(const Context& ctx, View<const std::int32_t> triangles,
                            const CornersView& corners, View<const real> x, View<const real> grad_y,
                            View<real> grad_sum, View<real> grad_x) {
  check_mesh(triangles, corners, x);
  FGCN_CHECK(grad_y.shape == x.shape, "vertex_normals_adjoint: grad_y is ", grad_y.shape,
             ", expected ", x.shape);
  FGCN_CHECK(grad_sum.shape == x.shape, "vertex_normals_adjoint: grad_sum is ", grad_sum.shape,
             ", expected ", x.shape);
  FGCN_CHECK(grad_x.shape == x.shape, "vertex_normals_adjoint: grad_x is ", grad_x.shape,
             ", expected ", x.shape);
  FGCN_DISPATCH(ctx, vertex_normals_adjoint, triangles, corners, x, grad_y, grad_sum, grad_x);
}

}  // namespace fgcn::kernels
