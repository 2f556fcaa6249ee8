// What is behind a synthetic face.
#pragma once

#include "io/image.h"
#include "kernels/core/rng.h"

namespace fgcn::train {

/// A random background [size, size, 3]: a gradient, soft clouds of two or three colors, stripes
/// or blocks, or a mixture, sometimes of skin's own colors.
///
/// Repeat   bitwise: depends on the arguments alone.
Image background(std::int64_t size, Rng rng);

}  // namespace fgcn::train
