// Taped perspective projection (kernels/project/project.h).
#pragma once

#include "autograd/tape.h"
#include "kernels/project/project.h"

namespace fgcn::ops {

/// [N, V, 3] positions to screen x, y and depth. Order: once.
Var project(const kernels::Pinhole& camera, const Var& x);

}  // namespace fgcn::ops
