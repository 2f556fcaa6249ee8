#include "autograd/ops/vertex_normals.h"

#include "kernels/vertex_normals/vertex_normals.h"

namespace fgcn::ops {

Var vertex_normals(const Triangles& mesh, const Var& x) {
  FGCN_CHECK(x.shape().rank == 3, "vertex_normals: x is ", x.shape(), ", expected [N, V, 3]");
  Tape& tape = x.tape();
  Tensor y(tape.context(), x.shape());
  kernels::vertex_normals(tape.context(), mesh.index().view(), mesh.corners(x.dim(1)),
                          x.value().view(), y.view());
  return tape.record(
      "vertex_normals", {x}, std::move(y),
      [mesh, x](const Var& grad_y) {
        Tape& t = grad_y.tape();
        Tensor grad_sum(t.context(), x.shape());
        Tensor grad_x(t.context(), x.shape());
        kernels::vertex_normals_adjoint(t.context(), mesh.index().view(), mesh.corners(x.dim(1)),
                                        x.value().view(), grad_y.value().view(), grad_sum.view(),
                                        grad_x.view());
        return Vars{t.constant(std::move(grad_x))};
      },
      Order::kOnce);
}

}  // namespace fgcn::ops
