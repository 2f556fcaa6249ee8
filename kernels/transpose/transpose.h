// Reordering of axes.
#pragma once

#include "kernels/core/dispatch.h"

namespace fgcn::kernels {

/// The order of axes: axis i of y is axis order[i] of x.
struct AxisOrder {
  int order[Shape::kMaxRank] = {};
  int rank = 0;

  AxisOrder() = default;
  constexpr AxisOrder(std::initializer_list<int> axes) {
    for (const int axis : axes) {
      if (rank < Shape::kMaxRank) order[rank++] = axis;
    }
  }
};

/// The order that undoes it; Error unless each axis appears once.
AxisOrder inverse(const AxisOrder& axes);
Shape transposed_shape(const Shape& x, const AxisOrder& axes);

/// Permutation of axes:  y[i_order[0], i_order[1], ..] = x[i_0, i_1, ..].
///
///   x  up to five axes
///   y  the permuted shape; must not overlap x
///
/// Errors   fgcn::Error when the order is not one of x's axes, or y's shape is another.
/// Repeat   bitwise: a copy.
void transpose(const Context& ctx, View<const real> x, const AxisOrder& axes, View<real> y);

FGCN_BACKENDS(void transpose(const Context& ctx, View<const real> x, const AxisOrder& axes,
                             View<real> y))

}  // namespace fgcn::kernels
