// Elementwise functions of two arguments.
#pragma once

#include "kernels/core/dispatch.h"

namespace fgcn::kernels {

/// kGreater and kLess give 1 or 0.
enum class Binary { kAdd, kSub, kMul, kDiv, kMax, kMin, kGreater, kLess };

/// Elementwise  y = f(a, b), with the smaller operand repeated.
///
///   a, b  shapes aligned at their last axis; an axis of size 1, or missing, is repeated
///   y     the common shape; may be the same memory as an operand of the same shape
///
/// Units    those of the arithmetic.
/// Errors   fgcn::Error when the shapes do not fit together.
/// Repeat   bitwise: one thread owns one y element.
void binary(const Context& ctx, Binary f, View<const real> a, View<const real> b, View<real> y);

FGCN_BACKENDS(void binary(const Context& ctx, Binary f, View<const real> a, View<const real> b,
                          View<real> y))

/// The shape two operands are repeated to; Error when there is none.
Shape broadcast_shape(const Shape& a, const Shape& b);

}  // namespace fgcn::kernels
