#include "autograd/ops/rasterize.h"

#include <utility>

namespace fgcn::ops {

Var rasterize(const Var& positions, const Triangles& triangles, const ImageSize& size,
              const kernels::RasterizeOptions& options) {
  FGCN_CHECK(positions.defined() && positions.shape().rank == 3,
             "rasterize: positions must be [N, V, 3]");
  Tape& tape = positions.tape();
  Tensor raster(tape.context(), {positions.dim(0), size.height, size.width, 4});
  kernels::rasterize(tape.context(), positions.value().view(), triangles.index().view(), options,
                     raster.view());
  const Tensor saved = raster;
  return tape.record(
      "rasterize", {positions}, std::move(raster),
      [positions, triangles, saved](const Var& grad_y) {
        Tape& record = grad_y.tape();
        Tensor grad(record.context(), positions.shape());
        kernels::rasterize_vjp(record.context(), positions.value().view(), triangles.index().view(),
                               triangles.corners(positions.dim(1)), saved.view(),
                               grad_y.value().view(), grad.view());
        return Vars{record.constant(std::move(grad))};
      },
      Order::kOnce);
}

}  // namespace fgcn::ops
