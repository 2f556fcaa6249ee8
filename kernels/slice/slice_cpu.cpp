#include <algorithm>
#include <cstring>

#include "kernels/slice/slice_rows.h"

namespace fgcn::kernels::cpu {
namespace {

int team(const Context& ctx, std::int64_t size) { return size < 16384 ? 1 : ctx.threads(); }

/// Short runs, such as a few channels, by plain loops: a call costs more than they do.
void copy_run(const real* from, std::int64_t size, real* to) {
  if (size < 16) {
    for (std::int64_t i = 0; i < size; ++i) to[i] = from[i];
  } else {
    std::memcpy(to, from, static_cast<std::size_t>(size) * sizeof(real));
  }
}

void zero_run(real* to, std::int64_t size) {
  if (size < 16) {
    for (std::int64_t i = 0; i < size; ++i) to[i] = 0;
  } else {
    std::fill_n(to, size, real(0));
  }
}

}  // namespace

void slice(const Context& ctx, View<const real> whole, const Place& place, View<real> part) {
  const SliceRows rows(whole.shape, place.axis);
  const std::int64_t size = part.dim(place.axis) * rows.inner;
  const real* from = whole.data + place.begin * rows.inner;
#pragma omp parallel for num_threads(team(ctx, rows.rows* size))
  for (std::int64_t r = 0; r < rows.rows; ++r)
    copy_run(from + r * rows.width, size, part.data + r * size);
}

void pad(const Context& ctx, View<const real> part, const Place& place, View<real> whole) {
  const SliceRows rows(whole.shape, place.axis);
  const std::int64_t size = part.dim(place.axis) * rows.inner;
  const std::int64_t before = place.begin * rows.inner, after = rows.width - before - size;
#pragma omp parallel for num_threads(team(ctx, rows.rows* rows.width))
  for (std::int64_t r = 0; r < rows.rows; ++r) {
    real* to = whole.data + r * rows.width;
    zero_run(to, before);
    copy_run(part.data + r * size, size, to + before);
    zero_run(to + before + size, after);
  }
}

void concat(const Context& ctx, std::span<const View<const real>> parts, int axis,
            View<real> whole) {
  const SliceRows rows(whole.shape, axis);
#pragma omp parallel for num_threads(team(ctx, rows.rows* rows.width))
  for (std::int64_t r = 0; r < rows.rows; ++r) {
    real* to = whole.data + r * rows.width;
    for (const View<const real>& part : parts) {
      const std::int64_t size = part.dim(axis) * rows.inner;
      copy_run(part.data + r * size, size, to);
      to += size;
    }
  }
}

void split(const Context& ctx, View<const real> whole, int axis,
           std::span<const View<real>> parts) {
  const SliceRows rows(whole.shape, axis);
#pragma omp parallel for num_threads(team(ctx, rows.rows* rows.width))
  for (std::int64_t r = 0; r < rows.rows; ++r) {
    const real* from = whole.data + r * rows.width;
    for (const View<real>& part : parts) {
      const std::int64_t size = part.dim(axis) * rows.inner;
      if (part.data != nullptr) copy_run(from, size, part.data + r * size);
      from += size;
    }
  }
}

}  // namespace fgcn::kernels::cpu
