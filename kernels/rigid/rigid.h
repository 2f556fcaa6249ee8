// Rigid motion by Euler angles, and its adjoints.
#pragma once

#include "kernels/core/dispatch.h"

namespace fgcn::kernels {

/// Row vectors  y = x R^T + t,  R = Rz(az) Ry(ay) Rx(ax).
///
///   x            [N, V, 3]
///   angles       [N, 3]    ax, ay, az
///   translation  [N, 3]    zeros for directions
///   y            [N, V, 3] overwritten
///
/// Units    radians; y and the translation carry the units of x.
/// Errors   fgcn::Error when the shapes do not fit together.
/// Repeat   bitwise; sums over vertices in fixed blocks, in double.
void rigid(const Context& ctx, View<const real> x, View<const real> angles,
           View<const real> translation, View<real> y);

FGCN_BACKENDS(void rigid(const Context& ctx, View<const real> x, View<const real> angles,
                         View<const real> translation, View<real> y))

/// Cotangents of all three arguments.
void rigid_adjoint(const Context& ctx, View<const real> x, View<const real> angles,
                   View<const real> grad_y, View<real> grad_x, View<real> grad_angles,
                   View<real> grad_translation);

FGCN_BACKENDS(void rigid_adjoint(const Context& ctx, View<const real> x, View<const real> angles,
                                 View<const real> grad_y, View<real> grad_x, View<real> grad_angles,
                                 View<real> grad_translation))

}  // namespace fgcn::kernels
