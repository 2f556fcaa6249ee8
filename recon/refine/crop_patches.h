// A crop as the image encoder takes it.
#pragma once

#include <span>

#include "io/image.h"
#include "kernels/core/real.h"

namespace fgcn::recon {

/// The crop [224, 224, 4] in [0, 1] at a quarter of its size, in [-1, 1], cut into patches in
/// PatchEncoder's order.
void cut_patches(const Image& crop, std::span<real> out);

}  // namespace fgcn::recon
