// Skin detail that no linear model holds: what the refiner has to learn to keep.
#pragma once

#include <vector>

#include "kernels/core/rng.h"
#include "recon/fit/face_frame.h"

namespace fgcn::train {

/// Paints a random choice of layers over an albedo: uneven tan, freckles, moles, birthmarks,
/// wrinkles, scars, brows, stubble and beard, make-up, and now and then a pattern of any color.
///
///   albedo  [V, 3]  sRGB-encoded in [0, 1]; so is the result
///
/// Repeat   bitwise: depends on the arguments alone.
std::vector<float> paint_detail(const recon::FaceFrame& frame, std::vector<float> albedo, Rng rng);

}  // namespace fgcn::train
