#include <algorithm>

#include "kernels/transpose/transpose.h"

namespace fgcn::kernels::cpu {
namespace {

constexpr std::int64_t kTile = 16;  // a cache line of x for each row of the tile, and of y

/// y's axes with their stride in x. Axes that stay neighbours are one.
struct Axes {
  std::int64_t size[Shape::kMaxRank];
  std::int64_t x_step[Shape::kMaxRank];
  std::int64_t y_step[Shape::kMaxRank];
  int rank = 0;
};

Axes merged(const Shape& x, const AxisOrder& axes) {
  std::int64_t step[Shape::kMaxRank];
  std::int64_t running = 1;
  for (int i = x.rank - 1; i >= 0; --i) {
    step[i] = running;
    running *= x[i];
  }
  Axes out;
  for (int i = 0; i < axes.rank; ++i) {
    const std::int64_t size = x[axes.order[i]];
    const std::int64_t x_step = step[axes.order[i]];
    if (size == 1) continue;
    if (out.rank > 0 && out.x_step[out.rank - 1] == size * x_step) {
      out.size[out.rank - 1] *= size;
      out.x_step[out.rank - 1] = x_step;
    } else {
      out.size[out.rank] = size;
      out.x_step[out.rank++] = x_step;
    }
  }
  running = 1;
  for (int i = out.rank - 1; i >= 0; --i) {
    out.y_step[i] = running;
    running *= out.size[i];
  }
  return out;
}

/// Takes an axis out; what is left numbers the planes or rows.
void remove(Axes& axes, int axis) {
  for (int i = axis; i + 1 < axes.rank; ++i) {
    axes.size[i] = axes.size[i + 1];
    axes.x_step[i] = axes.x_step[i + 1];
    axes.y_step[i] = axes.y_step[i + 1];
  }
  --axes.rank;
}

struct Offsets {
  std::int64_t x = 0;
  std::int64_t y = 0;
};

Offsets offsets_of(const Axes& axes, std::int64_t i) {
  Offsets out;
  for (int axis = axes.rank - 1; axis >= 0; --axis) {
    const std::int64_t at = i % axes.size[axis];
    out.x += at * axes.x_step[axis];
    out.y += at * axes.y_step[axis];
    i /= axes.size[axis];
  }
  return out;
}

std::int64_t count(const Axes& axes) {
  std::int64_t product = 1;
  for (int i = 0; i < axes.rank; ++i) product *= axes.size[i];
  return product;
}

}  // namespace

void transpose(const Context& ctx, View<const real> x, const AxisOrder& axes, View<real> y) {
  if (x.size() == 0) return;
  Axes rest = merged(x.shape, axes);
  const int threads = x.size() < 16384 ? 1 : ctx.threads();
  if (rest.rank == 0) {
    y[0] = x[0];
    return;
  }
  const int last = rest.rank - 1;
  if (rest.x_step[last] == 1) {
    // Runs stay whole.
    const std::int64_t run = rest.size[last];
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
  const int fast = static_cast<int>(std::find(rest.x_step, rest.x_step + last, 1) - rest.x_step);
  const std::int64_t rows = rest.size[fast], cols = rest.size[last];
  const std::int64_t x_step = rest.x_step[last], y_step = rest.y_step[fast];
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
