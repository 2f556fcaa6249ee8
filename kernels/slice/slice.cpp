#include "kernels/slice/slice.h"

namespace fgcn::kernels {
namespace {

void check_place(const char* name, const Shape& whole, const Place& place, const Shape& part) {
  FGCN_CHECK(place.axis >= 0 && place.axis < whole.rank && part.rank == whole.rank, name, ": axis ",
             place.axis, " of ", whole, " and a part ", part);
  for (int i = 0; i < whole.rank; ++i) {
    FGCN_CHECK(i == place.axis || part[i] == whole[i], name, ": the part ", part,
               " does not fit into ", whole, " along axis ", place.axis);
  }
  FGCN_CHECK(place.begin >= 0 && place.begin <= whole[place.axis] - part[place.axis], name, ": ",
             part[place.axis], " elements from ", place.begin, " on are outside axis ", place.axis,
             " of ", whole);
}

}  // namespace

void slice(const Context& ctx, View<const real> whole, const Place& place, View<real> part) {
  check_place("slice", whole.shape, place, part.shape);
  FGCN_DISPATCH(ctx, slice, whole, place, part);
}

void paste(const Context& ctx, View<const real> part, const Place& place, View<real> whole) {
  check_place("paste", whole.shape, place, part.shape);
  FGCN_DISPATCH(ctx, paste, part, place, whole);
}

void pad(const Context& ctx, View<const real> part, const Place& place, View<real> whole) {
  check_place("pad", whole.shape, place, part.shape);
  ctx.runtime().zero(whole.data, static_cast<std::size_t>(whole.size()) * sizeof(real));
  paste(ctx, part, place, whole);
}

}  // namespace fgcn::kernels
