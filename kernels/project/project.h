// Perspective projection to the screen, and its adjoint.
#pragma once

#include "kernels/core/dispatch.h"

namespace fgcn::kernels {

/// A pinhole at (0, 0, distance) looking along -z, up +y.
struct Pinhole {
  real distance;  // dm
  real focal;     // pixels
  real centre_x;  // pixels
  real centre_y;
};

/// Screen positions  y = (centre_x + f x / d, centre_y - f y / d, d),  d = distance - z.
///
///   x  [N, V, 3]  decimetres
///   y  [N, V, 3]  pixels (y down, centres at half-integers) and depth d in decimetres; overwritten
///
/// Errors   fgcn::Error when the shapes do not fit together. A vertex at or behind the pinhole
///          gives what the arithmetic gives; the rasteriser drops it by its depth.
/// Repeat   bitwise: one thread owns one vertex.
void project(const Context& ctx, const Pinhole& camera, View<const real> x, View<real> y);

FGCN_BACKENDS(void project(const Context& ctx, const Pinhole& camera, View<const real> x,
                           View<real> y))

/// grad_x = (dy/dx)^T grad_y.
void project_adjoint(const Context& ctx, const Pinhole& camera, View<const real> x,
                     View<const real> grad_y, View<real> grad_x);

FGCN_BACKENDS(void project_adjoint(const Context& ctx, const Pinhole& camera, View<const real> x,
                                   View<const real> grad_y, View<real> grad_x))

}  // namespace fgcn::kernels
