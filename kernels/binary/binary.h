// Elementwise functions of two arguments.
#pragma once

#include "kernels/core/dispatch.h"

namespace fgcn::kernels {

/// kGreater and kLess give 1 or 0.
enum class Binary { kAdd, kSub, kMul, kDiv, kMax, kMin, kGreater, kLess };

/// "add", "sub", ...
const char* name(Binary f);

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

/// Both gradients of kMul, kDiv, kMax or kMin in one pass:  grad_a = grad_y df/da, and the same for
/// b.
///
///   a, b            as for binary()
///   grad_y          the common shape
///   grad_a, grad_b  the shapes of a and b: a repeated operand's shares are summed as they are
///   made,
///                   with the bits of reduce_sum() and of the shares at full size, which are never
///                   stored. Without memory (a default View): not wanted. Must not overlap the
///                   inputs.
///
/// kMax and kMin give grad_y to the larger (smaller) operand, to the second one at ties.
///
/// Errors   fgcn::Error when the shapes do not fit together, and for another function.
/// Repeat   bitwise: one thread owns an element of a gradient, or sums as reduce_sum() does.
void binary_vjp(const Context& ctx, Binary f, View<const real> a, View<const real> b,
                View<const real> grad_y, View<real> grad_a, View<real> grad_b);

FGCN_BACKENDS(void binary_vjp(const Context& ctx, Binary f, View<const real> a, View<const real> b,
                              View<const real> grad_y, View<real> grad_a, View<real> grad_b))

/// fgcn::Error with the function's name, which binary_vjp has no derivative of.
[[noreturn]] void refuse_binary_vjp(Binary f);

/// The shape two operands are repeated to; Error when there is none.
Shape broadcast_shape(const Shape& a, const Shape& b);

}  // namespace fgcn::kernels
