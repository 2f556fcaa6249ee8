#include "autograd/ops/interpolate.h"

#include <utility>

#include "kernels/interpolate/interpolate.h"

namespace fgcn::ops {

Var interpolate(const Var& raster, const Var& attributes, const Triangles& triangles) {
  FGCN_CHECK(raster.defined() && attributes.defined(), "interpolate: an operand is undefined");
  FGCN_CHECK(raster.shape().rank == 4 && attributes.shape().rank == 3, "interpolate: raster is ",
             raster.shape(), ", attributes are ", attributes.shape(),
             ", expected [N, H, W, 4] and [N, V, C]");
  Tape& tape = raster.tape();
  Tensor y(tape.context(), {raster.dim(0), raster.dim(1), raster.dim(2), attributes.dim(2)});
  kernels::interpolate(tape.context(), raster.value().view(), attributes.value().view(),
                       triangles.index().view(), y.view());
  return tape.record(
      "interpolate", {raster, attributes}, std::move(y),
      [raster, attributes, triangles](const Var& grad_y) {
        Tape& record = grad_y.tape();
        const Context& ctx = record.context();
        const View<const std::int32_t> faces = triangles.index().view();
        Vars grads(2);
        if (raster.requires_grad()) {
          Tensor grad(ctx, raster.shape());
          kernels::interpolate_raster_vjp(ctx, raster.value().view(), attributes.value().view(),
                                          faces, grad_y.value().view(), grad.view());
          grads[0] = record.constant(std::move(grad));
        }
        if (attributes.requires_grad()) {
          Tensor grad(ctx, attributes.shape());
          kernels::interpolate_attributes_vjp(ctx, raster.value().view(), grad_y.value().view(),
                                              faces, triangles.corners(attributes.dim(1)),
                                              grad.view());
          grads[1] = record.constant(std::move(grad));
        }
        return grads;
      },
      Order::kOnce);
}

}  // namespace fgcn::ops
