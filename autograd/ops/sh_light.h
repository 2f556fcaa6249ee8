// Taped spherical-harmonic light (kernels/sh_light/sh_light.h).
#pragma once

#include "autograd/tape.h"

namespace fgcn::ops {

/// normals [N, V, 3] and sh_coefficients [N, 27] to light [N, V, 3]. Order: once.
Var sh_light(const Var& normals, const Var& sh_coefficients);

}  // namespace fgcn::ops
