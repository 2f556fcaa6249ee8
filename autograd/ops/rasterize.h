// Taped rasteriser (kernels/rasterize/rasterize.h).
#pragma once

#include "autograd/tape.h"
#include "autograd/triangles.h"
#include "kernels/rasterize/rasterize.h"

namespace fgcn::ops {

/// Size of an image, in pixels.
struct ImageSize {
  std::int64_t height = 0;
  std::int64_t width = 0;
};

/// positions [N, V, 3] in screen space -> raster [N, H, W, 4]. Differentiable by the positions
/// through u, v and depth; which triangle is seen counts as fixed. Order: once.
Var rasterize(const Var& positions, const Triangles& triangles, const ImageSize& size,
              const kernels::RasterizeOptions& options = {});

}  // namespace fgcn::ops
