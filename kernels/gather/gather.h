// Reading rows by index, and the adjoint sum, which is a gather too.
#pragma once

#include "kernels/core/dispatch.h"

namespace fgcn::kernels {

/// Reads rows by index:  y[o, i, :] = x[o, index[i], :].
///
///   x      [.., R, ..]  R rows along the axis
///   index  [P]          each in [0, R); checked where it is made (RowIndex)
///   axis                the row axis of x and y; axes before it are o, those behind it :
///   y      [.., P, ..]  overwritten, must not overlap x
///
/// Errors   fgcn::Error when the shapes do not fit together.
/// Repeat   bitwise: a copy.
void gather(const Context& ctx, View<const real> x, View<const std::int32_t> index, int axis,
            View<real> y);

FGCN_BACKENDS(void gather(const Context& ctx, View<const real> x, View<const std::int32_t> index,
                          int axis, View<real> y))

/// Which entries of a list go to each row: entry[e] for e in [row_begin[r], row_begin[r + 1]).
struct RowEntries {
  View<const std::int32_t> row_begin;  // [R + 1]
  View<const std::int32_t> entry;      // [P], each in [0, P)
};

/// Sums entries into rows, the adjoint of gather:  y[o, r, :] = sum_{i : index[i] = r} x[o, i, :].
///
///   x        [.., P, ..]
///   entries  index transposed
///   y        [.., R, ..]  overwritten (0 where no entry goes), must not overlap x
///
/// Errors   fgcn::Error when the shapes do not fit together.
/// Repeat   bitwise: one thread sums a row, in the order of the entries; no atomics.
void scatter_add(const Context& ctx, View<const real> x, const RowEntries& entries, int axis,
                 View<real> y);

FGCN_BACKENDS(void scatter_add(const Context& ctx, View<const real> x, const RowEntries& entries,
                               int axis, View<real> y))

}  // namespace fgcn::kernels
