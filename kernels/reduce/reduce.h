// Sums over axes, and their adjoint.
#pragma once

#include "kernels/core/dispatch.h"

namespace fgcn::kernels {

/// Sum over the axes along which y is 1 or missing:  y = sum x. The adjoint of repeat().
///
///   x  any shape
///   y  a shape that broadcasts to x's; overwritten
///
/// Errors   fgcn::Error when y does not broadcast to x.
/// Repeat   bitwise for any number of threads: fixed blocks, accumulated in double, in order. Axes
///          that are summed on both sides of a kept one take a pass each, rounded in between.
void reduce_sum(const Context& ctx, View<const real> x, View<real> y);

FGCN_BACKENDS(void reduce_sum(const Context& ctx, View<const real> x, View<real> y))

/// y = x repeated along the axes where x is 1 or missing.
void repeat(const Context& ctx, View<const real> x, View<real> y);

FGCN_BACKENDS(void repeat(const Context& ctx, View<const real> x, View<real> y))

}  // namespace fgcn::kernels
