#include <algorithm>

#include "kernels/gpu/elements.h"
#include "kernels/gpu/side_by_side.h"
#include "kernels/slice/slice_rows.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

/// One thread per piece of a run; a run is contiguous, the next one lies a stride behind it.
template <int kN>
__global__ void copy_runs_kernel(const real* from, std::int64_t from_stride, real* to,
                                 std::int64_t to_stride, Divider pieces_of_run,
                                 std::int64_t pieces) {
  const std::int64_t i = thread_number();
  if (i >= pieces) return;
  const Split at = pieces_of_run.split(i);
  const std::int64_t c = at.remainder * kN;
  store(to + at.quotient * to_stride + c, load<kN>(from + at.quotient * from_stride + c));
}

/// `rows` runs of `size` elements.
void copy_runs(const Context& ctx, std::int64_t rows, std::int64_t size, const real* from,
               std::int64_t from_stride, real* to, std::int64_t to_stride) {
  if (rows * size == 0) return;
  if (rows == 1) {
    ctx.runtime().copy(to, from, static_cast<std::size_t>(size) * sizeof(real));
    return;
  }
  const bool in_lanes =
      in_pieces(from) && in_pieces(to) && whole_pieces(size, from_stride, to_stride);
  const std::int64_t of_run = size / (in_lanes ? kLanes : 1);
  launch(ctx, "copy_runs", one_thread_each(rows * of_run),
         in_lanes ? copy_runs_kernel<kLanes> : copy_runs_kernel<1>, from, from_stride, to,
         to_stride, Divider(of_run), rows * of_run);
}

void slice(const Context& ctx, View<const real> whole, const Place& place, View<real> part) {
  const SliceRows rows(whole.shape, place.axis);
  const std::int64_t size = part.dim(place.axis) * rows.inner;
  copy_runs(ctx, rows.rows, size, whole.data + place.begin * rows.inner, rows.width, part.data,
            size);
}

void pad(const Context& ctx, View<const real> part, const Place& place, View<real> whole) {
  if (whole.size() == 0) return;
  const SliceRows rows(whole.shape, place.axis);
  SideBySide<const real> parts(rows.rows, rows.width);
  parts.add(part.data, place.begin * rows.inner, part.dim(place.axis) * rows.inner);
  join_parts(ctx, parts, whole.data);
}

/// Parts with elements, and memory.
template <class T>
std::int64_t parts_there(std::span<const View<T>> parts) {
  return std::count_if(parts.begin(), parts.end(),
                       [](const View<T>& part) { return part.data != nullptr && part.size() > 0; });
}

void concat(const Context& ctx, std::span<const View<const real>> parts, int axis,
            View<real> whole) {
  if (whole.size() == 0) return;
  const SliceRows rows(whole.shape, axis);
  const bool at_once = rows.rows > 1 && parts_there(parts) <= kMostParts;
  SideBySide<const real> side_by_side(rows.rows, rows.width);
  std::int64_t begin = 0;
  for (const View<const real>& part : parts) {
    const std::int64_t size = part.dim(axis) * rows.inner;
    if (at_once) {
      side_by_side.add(part.data, begin, size);
    } else {
      copy_runs(ctx, rows.rows, size, part.data, size, whole.data + begin, rows.width);
    }
    begin += size;
  }
  if (at_once) join_parts(ctx, side_by_side, whole.data);
}

void split(const Context& ctx, View<const real> whole, int axis,
           std::span<const View<real>> parts) {
  if (whole.size() == 0) return;
  const SliceRows rows(whole.shape, axis);
  const std::int64_t wanted = parts_there(parts);
  const bool at_once = rows.rows > 1 && wanted > 1 && wanted <= kMostParts;
  SideBySide<real> side_by_side(rows.rows, rows.width);
  std::int64_t begin = 0;
  for (const View<real>& part : parts) {
    const std::int64_t size = part.dim(axis) * rows.inner;
    if (part.data != nullptr) {
      if (at_once) {
        side_by_side.add(part.data, begin, size);
      } else {
        copy_runs(ctx, rows.rows, size, whole.data + begin, rows.width, part.data, size);
      }
    }
    begin += size;
  }
  if (at_once) split_parts(ctx, side_by_side, whole.data);
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
