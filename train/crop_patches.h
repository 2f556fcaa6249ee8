// A crop as the image encoder takes it.
#pragma once

#include <span>

#include "kernels/core/real.h"
#include "render/image.h"

namespace fgcn::train {

/// The crop [224, 224, 4] in [0, 1] at a quarter of its size, in [-1, 1], cut into patches in
/// PatchEncoder's order.
void cut_patches(const Image& crop, std::span<real> out);

}  // namespace fgcn::train
