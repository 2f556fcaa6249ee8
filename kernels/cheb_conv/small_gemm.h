// Register-blocked products of small matrices on the CPU: what a block of vertices is multiplied
// by. One tile of the result stays in registers through the whole sum, so an element's additions
// have the same order wherever the tile lies.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/core/simd.h"

namespace fgcn::kernels::cpu {

/// sum_p a_p b_p. Element (i, s) of a_p is a[p * a_part + i * a_row + s * a_step], row s of b_p
/// begins at b[p * b_part + s * b_step]. Rows of b are read up to a whole register: what lies
/// behind their last column must be readable, its value does not matter.
struct Product {
  std::int64_t rows, cols, steps;
  std::int64_t parts = 1;
  const real* a;
  std::int64_t a_part = 0, a_row, a_step;
  const real* b;
  std::int64_t b_part = 0, b_step;
};

namespace detail {

template <int kRows, int kVecs, class Sink>
inline void tile(const Product& p, std::int64_t row, std::int64_t col, const Sink& sink) {
  using simd::Vec;
  Vec sum[kRows][kVecs] = {};
  const std::int64_t steps = p.steps, a_row = p.a_row, a_step = p.a_step, b_step = p.b_step;
  for (std::int64_t part = 0; part < p.parts; ++part) {
    const real* a = p.a + part * p.a_part + row * a_row;
    const real* b = p.b + part * p.b_part + col;
    for (std::int64_t s = 0; s < steps; ++s, a += a_step, b += b_step) {
      Vec right[kVecs];
#pragma GCC unroll 4
      for (int v = 0; v < kVecs; ++v) right[v] = simd::load(b + v * simd::kWidth);
#pragma GCC unroll 8
      for (int r = 0; r < kRows; ++r) {
        const Vec left = simd::splat(a[r * a_row]);
#pragma GCC unroll 4
        for (int v = 0; v < kVecs; ++v) sum[r][v] += left * right[v];
      }
    }
  }
  // Unrolled, because indexing the sums at run time would keep them in memory above.
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < kVecs; ++v) sink(row + r, col + v * simd::kWidth, sum[r][v]);
}

/// All rows of one panel of columns, in tiles of nearly equal height.
template <int kMost, int kVecs, class Sink>
inline void panel(const Product& p, std::int64_t col, const Sink& sink) {
  std::int64_t row = 0;
  for (std::int64_t tiles = (p.rows + kMost - 1) / kMost; tiles > 0; --tiles) {
    const std::int64_t height = (p.rows - row + tiles - 1) / tiles;
    switch (height) {
      case 1:
        tile<1, kVecs>(p, row, col, sink);
        break;
      case 2:
        tile<2, kVecs>(p, row, col, sink);
        break;
      case 3:
        tile<3, kVecs>(p, row, col, sink);
        break;
      case 4:
        tile<4, kVecs>(p, row, col, sink);
        break;
      case 5:
        tile<5, kVecs>(p, row, col, sink);
        break;
      default:
        tile<6, kVecs>(p, row, col, sink);
        break;
    }
    row += height;
  }
}

}  // namespace detail

/// Calls sink(row, col, register) for every register of the product; lanes past the last column
/// are to be ignored.
template <class Sink>
inline void multiply(const Product& p, const Sink& sink) {
  std::int64_t vecs = (p.cols + simd::kWidth - 1) / simd::kWidth;
  for (std::int64_t col = 0; vecs > 0;) {
    if (vecs == 3) {
      detail::panel<4, 3>(p, col, sink);
      return;
    }
    if (vecs == 1) {
      detail::panel<6, 1>(p, col, sink);
      return;
    }
    detail::panel<6, 2>(p, col, sink);
    col += 2 * simd::kWidth;
    vecs -= 2;
  }
}

/// Writes, or adds to, c[row * c_row + col].
struct StoreSink {
  real* c;
  std::int64_t c_row, cols;
  bool add;

  void operator()(std::int64_t row, std::int64_t col, simd::Vec v) const {
    real* to = c + row * c_row + col;
    if (col + simd::kWidth <= cols) {
      simd::store(to, add ? simd::load(to) + v : v);
      return;
    }
    for (std::int64_t i = 0; i < cols - col; ++i) to[i] = add ? to[i] + v[i] : v[i];
  }
};

}  // namespace fgcn::kernels::cpu
