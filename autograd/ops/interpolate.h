// Taped interpolation of vertex attributes over a raster (kernels/interpolate/interpolate.h).
#pragma once

#include "autograd/tape.h"
#include "autograd/triangles.h"

namespace fgcn::ops {

/// raster [N, H, W, 4], attributes [N, V, C] -> [N, H, W, C]. Differentiable by both. Order: once.
Var interpolate(const Var& raster, const Var& attributes, const Triangles& triangles);

}  // namespace fgcn::ops
