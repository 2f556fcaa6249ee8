// Taped rigid motion by Euler angles (kernels/rigid/rigid.h).
#pragma once

#include "autograd/tape.h"

namespace fgcn::ops {

/// y = x R^T + t for x [N, V, 3], angles [N, 3], translation [N, 3]. Order: once.
Var rigid(const Var& x, const Var& angles, const Var& translation);
/// y = x R^T: for directions. Order: once.
Var rotate(const Var& x, const Var& angles);

}  // namespace fgcn::ops
