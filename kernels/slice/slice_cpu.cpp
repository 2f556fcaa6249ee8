#include <cstring>

#include "kernels/slice/slice_rows.h"

namespace fgcn::kernels::cpu {
namespace {

/// Copies `rows` runs of `size` elements from one stride to another. Short runs, such as a few
/// channels, by a plain loop: a call of memcpy costs more than they do.
void copy_runs(const Context& ctx, std::int64_t rows, std::int64_t size, const real* from,
               std::int64_t from_stride, real* to, std::int64_t to_stride) {
  const int threads = rows * size < 16384 ? 1 : ctx.threads();
#pragma omp parallel for num_threads(threads)
  for (std::int64_t r = 0; r < rows; ++r) {
    const real* in = from + r * from_stride;
    real* out = to + r * to_stride;
    if (size < 16) {
      for (std::int64_t i = 0; i < size; ++i) out[i] = in[i];
    } else {
      std::memcpy(out, in, static_cast<std::size_t>(size) * sizeof(real));
    }
  }
}

}  // namespace

void slice(const Context& ctx, View<const real> whole, const Place& place, View<real> part) {
  const SliceRows rows(whole.shape, place.axis);
  const std::int64_t size = part.dim(place.axis) * rows.inner;
  copy_runs(ctx, rows.rows, size, whole.data + place.begin * rows.inner, rows.width, part.data,
            size);
}

// Here all zeros first, and one part after the other, are faster than each row at once.
void pad(const Context& ctx, View<const real> part, const Place& place, View<real> whole) {
  if (whole.size() == 0) return;
  const SliceRows rows(whole.shape, place.axis);
  const std::int64_t size = part.dim(place.axis) * rows.inner;
  std::memset(whole.data, 0, static_cast<std::size_t>(whole.size()) * sizeof(real));
  copy_runs(ctx, rows.rows, size, part.data, size, whole.data + place.begin * rows.inner,
            rows.width);
}

void concat(const Context& ctx, std::span<const View<const real>> parts, int axis,
            View<real> whole) {
  const SliceRows rows(whole.shape, axis);
  std::int64_t begin = 0;
  for (const View<const real>& part : parts) {
    const std::int64_t size = part.dim(axis) * rows.inner;
    copy_runs(ctx, rows.rows, size, part.data, size, whole.data + begin, rows.width);
    begin += size;
  }
}

void split(const Context& ctx, View<const real> whole, int axis,
           std::span<const View<real>> parts) {
  const SliceRows rows(whole.shape, axis);
  std::int64_t begin = 0;
  for (const View<real>& part : parts) {
    const std::int64_t size = part.dim(axis) * rows.inner;
    if (part.data != nullptr)
      copy_runs(ctx, rows.rows, size, whole.data + begin, rows.width, part.data, size);
    begin += size;
  }
}

}  // namespace fgcn::kernels::cpu
