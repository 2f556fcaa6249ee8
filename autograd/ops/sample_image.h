// Taped sampling of images (kernels/sample_image/sample_image.h).
#pragma once

#include "autograd/tape.h"
#include "kernels/sample_image/sample_image.h"

namespace fgcn::ops {

using kernels::Sampling;

/// image [N, H, W, C] at points [N, P, 2] (pixels, centres at half-integers) -> [N, P, C].
/// Order: once, by the image and, with kBilinear, by the points; with kRounded the points get no
/// gradient.
Var sample_image(const Var& image, const Var& points, Sampling sampling = Sampling::kBilinear);

}  // namespace fgcn::ops
