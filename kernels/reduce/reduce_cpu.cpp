#include <algorithm>
#include <vector>

#include "kernels/binary/broadcast_rows.h"
#include "kernels/core/scratch.h"
#include "kernels/reduce/reduce.h"
#include "kernels/reduce/reduce_passes.h"

namespace fgcn::kernels::cpu {
namespace {

// The cuts of a sum are fixed by its sizes, so that bits do not vary with the threads.
constexpr std::int64_t kBlock = 16384;  // elements summed in one go
constexpr std::int64_t kColumns = 512;  // columns at a time: their sums stay in L1

int team(const Context& ctx, std::int64_t size) { return size < 16384 ? 1 : ctx.threads(); }

/// The sum of contiguous elements, in eight interleaved partial sums.
double sum_run(const real* x, std::int64_t size) {
  double lane[8] = {};
  const std::int64_t whole = size / 8 * 8;
  for (std::int64_t i = 0; i < whole; i += 8) {
#pragma omp simd
    for (int k = 0; k < 8; ++k) lane[k] += x[i + k];
  }
  double sum =
      ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
  for (std::int64_t i = whole; i < size; ++i) sum += x[i];
  return sum;
}

/// sum [width] += rows of x, `stride` apart.
void add_rows(const real* x, std::int64_t rows, std::int64_t width, std::int64_t stride,
              double* sum) {
  for (std::int64_t r = 0; r < rows; ++r) {
#pragma omp simd
    for (std::int64_t c = 0; c < width; ++c) sum[c] += x[r * stride + c];
  }
}

/// y [outer, width] = sum over rows of x [outer, rows, width].
void sum_middle(const Context& ctx, const real* x, std::int64_t outer, std::int64_t rows,
                std::int64_t width, real* y) {
  const std::int64_t columns = std::min(width, kColumns);
  const std::int64_t column_parts = (width + columns - 1) / columns;
  const std::int64_t block = std::max<std::int64_t>(1, kBlock / columns);
  const std::int64_t blocks = std::max<std::int64_t>(1, (rows + block - 1) / block);
  const bool whole = blocks == 1;
  std::vector<double> partial(whole ? 0 : static_cast<std::size_t>(outer * blocks * width));
#pragma omp parallel for num_threads(team(ctx, outer* rows* width))
  for (std::int64_t item = 0; item < outer * blocks * column_parts; ++item) {
    const std::int64_t part = item / column_parts;  // of outer and blocks
    const std::int64_t first = item % column_parts * columns;
    const std::int64_t some = std::min(columns, width - first);
    const std::int64_t begin = part % blocks * block;
    const std::int64_t count = std::min(block, rows - begin);
    const real* from = x + (part / blocks * rows + begin) * width + first;
    double sum[kColumns];
    std::fill_n(sum, some, 0.0);
    if (width == 1) {
      sum[0] = sum_run(from, count);
    } else {
      add_rows(from, count, some, width, sum);
    }
    if (whole) {
      std::transform(sum, sum + some, y + part * width + first,
                     [](double s) { return static_cast<real>(s); });
    } else {
      std::copy_n(sum, some, partial.data() + part * width + first);
    }
  }
  if (whole) return;
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::int64_t c = 0; c < width; ++c) {
      double sum = 0;
      for (std::int64_t b = 0; b < blocks; ++b) sum += partial[(o * blocks + b) * width + c];
      y[o * width + c] = static_cast<real>(sum);
    }
  }
}

}  // namespace

void reduce_sum(const Context& ctx, View<const real> x, View<real> y) {
  if (y.size() == 0) return;
  if (x.size() == 0) {
    std::fill_n(y.data, y.size(), real(0));
    return;
  }
  const std::vector<ReducePass> passes = reduce_passes(x.shape, y.shape);
  if (passes.empty()) {
    std::copy_n(x.data, x.size(), y.data);
    return;
  }
  const Scratch first(ctx, passes.size() > 1 ? x.size() / 2 : 0);
  const Scratch second(ctx, passes.size() > 2 ? x.size() / 4 : 0);
  const real* from = x.data;
  for (const ReducePass& pass : passes) {
    const bool last = &pass == &passes.back();
    real* to = last ? y.data : (from == first.data() ? second.data() : first.data());
    sum_middle(ctx, from, pass.outer, pass.rows, pass.width, to);
    from = to;
  }
}

void repeat(const Context& ctx, View<const real> x, View<real> y) {
  if (y.size() == 0) return;
  const BroadcastRows<1> rows(y.shape, {x.shape});
  const std::int64_t width = rows.width;
  rows.for_each(ctx, [&](std::int64_t row, const std::int64_t* offset) {
    real* out = y.data + row * width;
    if (rows.inner[0] != 0) {
      std::copy_n(x.data + offset[0], width, out);
    } else {
      std::fill_n(out, width, x[offset[0]]);
    }
  });
}

}  // namespace fgcn::kernels::cpu
