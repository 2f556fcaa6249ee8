// Sums over one axis (CPU), of stored elements or of terms that are made as they are added.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "kernels/core/context.h"
#include "kernels/reduce/reduce_passes.h"

namespace fgcn::kernels::cpu {

// The cuts of a sum are fixed by its sizes, so that bits vary neither with the threads nor with
// what kind of terms is summed. Each term is made once.
constexpr std::int64_t kSumBlock = 16384;  // terms summed in one go
constexpr std::int64_t kSumColumns = 512;  // columns at a time: their sums stay in L1
constexpr std::int64_t kTerms = 2048;      // made at a time: they stay in L1; a multiple of 8

/// Terms that are elements of an array. Any other kind has make() and kInPlace, false, too.
struct StoredTerms {
  static constexpr bool kInPlace = true;
  const real* x;

  /// Terms [begin, begin + count): where they lie, or, at most kTerms, in `room` [kTerms].
  const real* make(std::int64_t begin, std::int64_t /*count*/, real* /*room*/) const {
    return x + begin;
  }
};

/// lane [8] += contiguous terms, `count` of them a multiple of 8.
inline void add_lanes(const real* x, std::int64_t count, double* lane) {
  for (std::int64_t i = 0; i < count; i += 8) {
#pragma omp simd
    for (int k = 0; k < 8; ++k) lane[k] += x[i + k];
  }
}

/// The sum of eight interleaved partial sums and what is left behind them.
inline double add_up(const double* lane, const real* rest, std::int64_t count) {
  double sum =
      ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
  for (std::int64_t i = 0; i < count; ++i) sum += rest[i];
  return sum;
}

/// The sum of `count` terms from `begin` on.
template <class Terms>
double sum_run(const Terms& terms, std::int64_t begin, std::int64_t count, real* room) {
  double lane[8] = {};
  for (; count > kTerms; begin += kTerms, count -= kTerms)
    add_lanes(terms.make(begin, kTerms, room), kTerms, lane);
  const real* x = terms.make(begin, count, room);
  const std::int64_t whole = count / 8 * 8;
  add_lanes(x, whole, lane);
  return add_up(lane, x + whole, count - whole);
}

/// sum [width] += rows of x, `width` apart.
inline void add_rows(const real* x, std::int64_t rows, std::int64_t width, double* sum) {
  for (std::int64_t r = 0; r < rows; ++r) {
#pragma omp simd
    for (std::int64_t c = 0; c < width; ++c) sum[c] += x[r * width + c];
  }
}

/// A part of a sum: `rows` rows of `some` terms from `begin` on, rows `width` apart.
template <class Terms>
void sum_block(const Terms& terms, std::int64_t begin, std::int64_t rows, std::int64_t some,
               std::int64_t width, double* sum, real* room) {
  if (width == 1) {
    sum[0] = sum_run(terms, begin, rows, room);
    return;
  }
  std::fill_n(sum, some, 0.0);
  const std::int64_t whole_rows = Terms::kInPlace ? rows : kTerms / width;
  const std::int64_t at_once = some == width ? whole_rows : 1;
  for (std::int64_t r = 0; r < rows; r += at_once) {
    const std::int64_t count = std::min(at_once, rows - r);
    add_rows(terms.make(begin + r * width, count * some, room), count, some, sum);
  }
}

/// Small sums, as many at once as their terms fit: a part of them, y [outer, width].
template <class Terms>
void sum_small(const Terms& terms, std::int64_t begin, std::int64_t outer, const ReducePass& pass,
               real* y, real* room) {
  const std::int64_t rows = pass.rows, width = pass.width;
  const real* x = terms.make(begin * rows * width, outer * rows * width, room);
  y += begin * width;
  if (width == 1) {
    for (std::int64_t o = 0; o < outer; ++o) {
      double lane[8] = {};
      const std::int64_t whole = rows / 8 * 8;
      add_lanes(x + o * rows, whole, lane);
      y[o] = static_cast<real>(add_up(lane, x + o * rows + whole, rows - whole));
    }
    return;
  }
  double sum[kSumColumns];
  for (std::int64_t o = 0; o < outer; ++o) {
    std::fill_n(sum, width, 0.0);
    add_rows(x + o * rows * width, rows, width, sum);
    std::transform(sum, sum + width, y + o * width, [](double s) { return static_cast<real>(s); });
  }
}

/// y [outer, width] = sum over rows of terms [outer, rows, width].
template <class Terms>
void sum_terms(const Context& ctx, const Terms& terms, const ReducePass& pass, real* y) {
  const std::int64_t outer = pass.outer, rows = pass.rows, width = pass.width;
  const int threads = outer * rows * width < 16384 ? 1 : ctx.threads();
  if (width <= kSumColumns && rows * width <= kTerms) {
    const std::int64_t group = std::max<std::int64_t>(1, kTerms / (rows * width));
#pragma omp parallel for num_threads(threads)
    for (std::int64_t begin = 0; begin < outer; begin += group) {
      real room[kTerms];
      sum_small(terms, begin, std::min(group, outer - begin), pass, y, room);
    }
    return;
  }
  const std::int64_t columns = std::min(width, kSumColumns);
  const std::int64_t column_parts = (width + columns - 1) / columns;
  const std::int64_t block = std::max<std::int64_t>(1, kSumBlock / columns);
  const std::int64_t blocks = std::max<std::int64_t>(1, (rows + block - 1) / block);
  const bool whole = blocks == 1;
  std::vector<double> partial(whole ? 0 : static_cast<std::size_t>(outer * blocks * width));
#pragma omp parallel for num_threads(threads)
  for (std::int64_t item = 0; item < outer * blocks * column_parts; ++item) {
    const std::int64_t part = item / column_parts;  // of outer and blocks
    const std::int64_t first = item % column_parts * columns;
    const std::int64_t some = std::min(columns, width - first);
    const std::int64_t begin = part % blocks * block;
    const std::int64_t count = std::min(block, rows - begin);
    double sum[kSumColumns];
    real room[kTerms];
    sum_block(terms, (part / blocks * rows + begin) * width + first, count, some, width, sum, room);
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

}  // namespace fgcn::kernels::cpu
