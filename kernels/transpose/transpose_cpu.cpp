#include <algorithm>

#include "kernels/transpose/transpose_axes.h"

namespace fgcn::kernels::cpu {
namespace {

constexpr std::int64_t kTile = 16;  // a cache line of x for each row of the tile, and of y

/// Takes an axis out; what is left numbers the planes or rows.
void remove(TransposeAxes& axes, int axis) {
  std::copy(axes.axis + axis + 1, axes.axis + axes.rank, axes.axis + axis);
  --axes.rank;
}

struct Offsets {
  std::int64_t x = 0;
  std::int64_t y = 0;
};

Offsets offsets_of(const TransposeAxes& axes, std::int64_t i) {
  Offsets out;
  for (int k = axes.rank - 1; k >= 0; --k) {
    const TransposeAxis& axis = axes.axis[k];
    const std::int64_t at = i % axis.size;
    out.x += at * axis.x_step;
    out.y += at * axis.y_step;
    i /= axis.size;
  }
  return out;
}

std::int64_t count(const TransposeAxes& axes) {
  std::int64_t product = 1;
  for (int i = 0; i < axes.rank; ++i) product *= axes.axis[i].size;
  return product;
}

}  // namespace

void transpose(const Context& ctx, View<const real> x, const AxisOrder& axes, View<real> y) {
  if (x.size() == 0) return;
  TransposeAxes rest(x.shape, axes);
  const int threads = x.size() < 16384 ? 1 : ctx.threads();
  if (rest.rank == 0) {
    y[0] = x[0];
    return;
  }
  const int last = rest.rank - 1;
  if (rest.axis[last].x_step == 1) {
    // Runs stay whole.
    const std::int64_t run = rest.axis[last].size;
    remove(rest, last);
    const std::int64_t runs = count(rest);
#pragma omp parallel for num_threads(threads)
    for (std::int64_t r = 0; r < runs; ++r) {
      const Offsets at = offsets_of(rest, r);
      const real* from = x.data + at.x;
      real* to = y.data + at.y;
      for (std::int64_t i = 0; i < run; ++i) to[i] = from[i];
    }
    return;
  }
  // Planes of x's fastest axis (rows of the plane) by y's fastest axis, in tiles.
  const int fast = rest.fast();
  const std::int64_t rows = rest.axis[fast].size, cols = rest.axis[last].size;
  const std::int64_t x_step = rest.axis[last].x_step, y_step = rest.axis[fast].y_step;
  remove(rest, last);
  remove(rest, fast);
  const std::int64_t bands = (cols + kTile - 1) / kTile;
  const std::int64_t items = count(rest) * bands;
#pragma omp parallel for num_threads(threads)
  for (std::int64_t item = 0; item < items; ++item) {
    const Offsets at = offsets_of(rest, item / bands);
    const std::int64_t begin = item % bands * kTile;
    const std::int64_t end = std::min(cols, begin + kTile);
    for (std::int64_t r0 = 0; r0 < rows; r0 += kTile) {
      for (std::int64_t r = r0; r < std::min(rows, r0 + kTile); ++r) {
        const real* from = x.data + at.x + r;
        real* to = y.data + at.y + r * y_step;
        for (std::int64_t c = begin; c < end; ++c) to[c] = from[c * x_step];
      }
    }
  }
}

}  // namespace fgcn::kernels::cpu
