// Parts of an array along one axis.
#pragma once

#include <span>

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

/// The part between zeros: the adjoint of slice. On a GPU every element is written once.
void pad(const Context& ctx, View<const real> part, const Place& place, View<real> whole);

FGCN_BACKENDS(void pad(const Context& ctx, View<const real> part, const Place& place,
                       View<real> whole))

/// One behind the other along an axis. On a GPU every element is written once.
///
///   parts  the whole's shape but along the axis, where their sizes add up to its; must not overlap
///          the whole
///
/// Errors   fgcn::Error when the parts are not the whole.
/// Repeat   bitwise: a copy.
void concat(const Context& ctx, std::span<const View<const real>> parts, int axis,
            View<real> whole);

FGCN_BACKENDS(void concat(const Context& ctx, std::span<const View<const real>> parts, int axis,
                          View<real> whole))

/// The other way, the adjoint of concat. On a GPU the whole is read once.
///
///   parts  as above; one without memory (but with its shape) is not wanted
void split(const Context& ctx, View<const real> whole, int axis, std::span<const View<real>> parts);

FGCN_BACKENDS(void split(const Context& ctx, View<const real> whole, int axis,
                         std::span<const View<real>> parts))

}  // namespace fgcn::kernels
