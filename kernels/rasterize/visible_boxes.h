// Where each triangle is seen, on a GPU: the gathers per triangle walk these pixels.
#pragma once

#include "kernels/rasterize/rasterize.h"
#include "kernels/runtime/launch.h"

namespace fgcn::kernels {

/// The pixels of a raster that show a triangle lie in [x_begin, x_end) x [y_begin, y_end). The
/// beginnings are kept as their distance from the far side, so that all zeros is "not seen" and
/// every corner grows by a maximum.
struct VisibleBox {
  std::int32_t from_right, x_end, from_bottom, y_end;

  FGCN_HD bool visible() const { return x_end > 0; }
};

namespace FGCN_GPU_NAMESPACE {

/// boxes [N, F], zeroed by the caller. Repeat: bitwise, maxima of whole numbers.
void find_visible_boxes(const Context& ctx, View<const real> raster, std::int64_t triangles,
                        VisibleBox* boxes);

}  // namespace FGCN_GPU_NAMESPACE
}  // namespace fgcn::kernels
