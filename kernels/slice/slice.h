// Parts of an array along one axis.
#pragma once

#include "kernels/core/dispatch.h"

namespace fgcn::kernels {

/// A part's place: elements [begin, begin + size of the part) of an axis of the whole.
struct Place {
  int axis = 0;
  std::int64_t begin = 0;
};

/// Copies a part out:  part = whole[.., begin : begin + size, ..].
///
///   whole  any shape
///   part   the same shape but along the axis; overwritten, must not overlap the whole
///
/// Errors   fgcn::Error when the part does not lie in the whole.
/// Repeat   bitwise: a copy.
void slice(const Context& ctx, View<const real> whole, const Place& place, View<real> part);

FGCN_BACKENDS(void slice(const Context& ctx, View<const real> whole, const Place& place,
                         View<real> part))

/// Copies a part in:  whole[.., begin : begin + size, ..] = part; the rest is left as it is.
void paste(const Context& ctx, View<const real> part, const Place& place, View<real> whole);

FGCN_BACKENDS(void paste(const Context& ctx, View<const real> part, const Place& place,
                         View<real> whole))

/// The part between zeros: the adjoint of slice. The whole is overwritten.
void pad(const Context& ctx, View<const real> part, const Place& place, View<real> whole);

}  // namespace fgcn::kernels
