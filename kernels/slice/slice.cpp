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

template <class Part>
void check_parts(const char* name, const Shape& whole, int axis, std::span<const Part> parts) {
  std::int64_t begin = 0;
  for (const Part& part : parts) {
    check_place(name, whole, {axis, begin}, part.shape);
    begin += part.dim(axis);
  }
  FGCN_CHECK(axis >= 0 && axis < whole.rank && begin == whole[axis], name, ": parts of ", begin,
             " elements along axis ", axis, " of ", whole);
}

}  // namespace

void slice(const Context& ctx, View<const real> whole, const Place& place, View<real> part) {
  check_place("slice", whole.shape, place, part.shape);
  FGCN_DISPATCH(ctx, slice, whole, place, part);
}

void pad(const Context& ctx, View<const real> part, const Place& place, View<real> whole) {
  check_place("pad", whole.shape, place, part.shape);
  FGCN_DISPATCH(ctx, pad, part, place, whole);
}

void concat(const Context& ctx, std::span<const View<const real>> parts, int axis,
            View<real> whole) {
  check_parts("concat", whole.shape, axis, parts);
  FGCN_DISPATCH(ctx, concat, parts, axis, whole);
}

void split(const Context& ctx, View<const real> whole, int axis,
           std::span<const View<real>> parts) {
  check_parts("split", whole.shape, axis, parts);
  FGCN_DISPATCH(ctx, split, whole, axis, parts);
}

}  // namespace fgcn::kernels
