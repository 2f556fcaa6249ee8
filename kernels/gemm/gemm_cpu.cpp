#include <omp.h>

#include <algorithm>
#include <cstring>

#include "kernels/core/scratch.h"
#include "kernels/gemm/gemm.h"

namespace fgcn::kernels::cpu {
namespace {

// The register tile: kRows x (kVectors vectors) sums stay in registers over the whole of K.
#ifdef __AVX512F__
constexpr int kVectorBytes = 64;
constexpr int kRows = 12;
#else
constexpr int kVectorBytes = 32;
constexpr int kRows = 6;
#endif
constexpr int kLanes = kVectorBytes / static_cast<int>(sizeof(real));
constexpr int kVectors = 2;
constexpr int kColumns = kVectors * kLanes;
using Vector = real __attribute__((vector_size(kVectorBytes), aligned(sizeof(real))));

constexpr std::int64_t kDepth = 256;  // of K at a time: a packed panel of b stays in L1
constexpr std::int64_t kWide = 512;   // columns at a time: a packed block of b stays in L2
constexpr std::int64_t kTall = 1020;  // rows a work item, a multiple of both kRows

/// A matrix read through strides, so that a transpose costs nothing.
struct Strided {
  const real* data;
  std::int64_t row;
  std::int64_t col;
};

/// y tile (rows x width) = or += a panel times the packed panel of b [depth, kColumns].
template <int kCount>
void tile(Strided a, const real* b, std::int64_t depth, real* y, std::int64_t y_row,
          std::int64_t width, bool add) {
  Vector sum[kCount][kVectors] = {};
  for (std::int64_t k = 0; k < depth; ++k) {
    const Vector b0 = *reinterpret_cast<const Vector*>(b + k * kColumns);
    const Vector b1 = *reinterpret_cast<const Vector*>(b + k * kColumns + kLanes);
    const real* from = a.data + k * a.col;
#pragma GCC unroll 16
    for (int i = 0; i < kCount; ++i) {
      const real factor = from[i * a.row];
      sum[i][0] += factor * b0;
      sum[i][1] += factor * b1;
    }
  }
  if (width == kColumns) {
#pragma GCC unroll 16
    for (int i = 0; i < kCount; ++i) {
      auto* out = reinterpret_cast<Vector*>(y + i * y_row);
      auto* out1 = reinterpret_cast<Vector*>(y + i * y_row + kLanes);
      *out = add ? *out + sum[i][0] : sum[i][0];
      *out1 = add ? *out1 + sum[i][1] : sum[i][1];
    }
    return;
  }
  real row[kColumns];
  for (int i = 0; i < kCount; ++i) {
    std::memcpy(row, sum[i], sizeof row);
    for (std::int64_t j = 0; j < width; ++j) {
      y[i * y_row + j] = add ? y[i * y_row + j] + row[j] : row[j];
    }
  }
}

template <int kCount = kRows>
void tile_of(std::int64_t rows, Strided a, const real* b, std::int64_t depth, real* y,
             std::int64_t y_row, std::int64_t width, bool add) {
  if constexpr (kCount > 1) {
    if (rows < kCount) return tile_of<kCount - 1>(rows, a, b, depth, y, y_row, width, add);
  }
  tile<kCount>(a, b, depth, y, y_row, width, add);
}

/// Copies columns [0, width) of b, rows [0, depth), into panels of kColumns, zeros behind the end.
void pack(Strided b, std::int64_t depth, std::int64_t width, real* to) {
  for (std::int64_t j = 0; j < width; j += kColumns, to += depth * kColumns) {
    const std::int64_t some = std::min<std::int64_t>(kColumns, width - j);
    for (std::int64_t k = 0; k < depth; ++k) {
      const real* from = b.data + k * b.row + j * b.col;
      real* out = to + k * kColumns;
      if (b.col == 1 && some == kColumns) {
        std::memcpy(out, from, kColumns * sizeof(real));
        continue;
      }
      for (std::int64_t c = 0; c < some; ++c) out[c] = from[c * b.col];
      for (std::int64_t c = some; c < kColumns; ++c) out[c] = 0;
    }
  }
}

/// One work item: y [rows, width] = or += a [rows, depth] b [depth, width], any depth.
void block(Strided a, Strided b, std::int64_t rows, std::int64_t depth, std::int64_t width, real* y,
           std::int64_t y_row, bool add, real* packed) {
  for (std::int64_t k = 0; k < depth; k += kDepth) {
    const std::int64_t some = std::min(kDepth, depth - k);
    pack({b.data + k * b.row, b.row, b.col}, some, width, packed);
    for (std::int64_t i = 0; i < rows; i += kRows) {
      const Strided from{a.data + i * a.row + k * a.col, a.row, a.col};
      for (std::int64_t j = 0; j < width; j += kColumns) {
        tile_of(std::min<std::int64_t>(kRows, rows - i), from, packed + j * some, some,
                y + i * y_row + j, y_row, std::min<std::int64_t>(kColumns, width - j),
                add || k > 0);
      }
    }
  }
}

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// How M, N and K are cut into work items: by the sizes alone.
struct Cut {
  std::int64_t tall, wide, deep;
  std::int64_t row_blocks, column_blocks, depth_blocks;
};

Cut cut(std::int64_t m, std::int64_t n, std::int64_t k) {
  constexpr std::int64_t kItems = 16;  // enough to share among the threads of one machine
  Cut out{kTall, kWide, std::max<std::int64_t>(k, 1), 0, 0, 1};
  out.row_blocks = ceil_div(m, out.tall);
  out.column_blocks = ceil_div(n, out.wide);
  if (out.row_blocks * out.column_blocks < kItems && m * n * k > (1 << 18)) {
    // Narrower blocks of b first: their packing is not repeated. Then of a.
    out.wide =
        std::max<std::int64_t>(4 * kColumns, ceil_div(ceil_div(n, kItems), kColumns) * kColumns);
    out.wide = std::min(out.wide, kWide);
    out.column_blocks = ceil_div(n, out.wide);
    const std::int64_t want = ceil_div(kItems, out.column_blocks);
    out.tall = std::min(kTall, std::max<std::int64_t>(8 * kRows, ceil_div(m, want)));
    out.tall = ceil_div(out.tall, kRows) * kRows;
    out.row_blocks = ceil_div(m, out.tall);
    const std::int64_t pieces = ceil_div(kItems, out.row_blocks * out.column_blocks);
    if (pieces > 1 && k >= 16 * kDepth) {
      out.deep = std::max<std::int64_t>(8 * kDepth, ceil_div(k, pieces));
      out.depth_blocks = ceil_div(k, out.deep);
    }
  }
  return out;
}

}  // namespace

void gemm(const Context& ctx, const GemmOptions& options, View<const real> a, View<const real> b,
          View<real> y) {
  const std::int64_t m = y.dim(0), n = y.dim(1);
  const std::int64_t k = a.dim(options.transpose_a ? 0 : 1);
  if (m == 0 || n == 0) return;
  if (k == 0) {
    if (!options.accumulate) std::fill_n(y.data, y.size(), real(0));
    return;
  }
  const Strided from_a{a.data, options.transpose_a ? 1 : k, options.transpose_a ? m : 1};
  const Strided from_b{b.data, options.transpose_b ? 1 : n, options.transpose_b ? k : 1};
  const Cut c = cut(m, n, k);
  const std::int64_t items = c.row_blocks * c.column_blocks * c.depth_blocks;
  const int threads =
      m * n * k < 32768 ? 1 : static_cast<int>(std::min<std::int64_t>(ctx.threads(), items));
  const std::int64_t panel =
      std::min(kDepth, k) * ceil_div(std::min(c.wide, n), kColumns) * kColumns;
  const Scratch packed(ctx, threads * panel);
  // Pieces of K beyond the first go to memory of their own and are added in order.
  const Scratch partial(ctx, (c.depth_blocks - 1) * m * n);
#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (std::int64_t item = 0; item < items; ++item) {
    const std::int64_t piece = item / (c.row_blocks * c.column_blocks);
    const std::int64_t i = item / c.column_blocks % c.row_blocks * c.tall;
    const std::int64_t j = item % c.column_blocks * c.wide;
    const std::int64_t d = piece * c.deep;
    real* to = piece == 0 ? y.data : partial.data() + (piece - 1) * m * n;
    block({from_a.data + i * from_a.row + d * from_a.col, from_a.row, from_a.col},
          {from_b.data + d * from_b.row + j * from_b.col, from_b.row, from_b.col},
          std::min(c.tall, m - i), std::min(c.deep, k - d), std::min(c.wide, n - j), to + i * n + j,
          n, options.accumulate && piece == 0, packed.data() + omp_get_thread_num() * panel);
  }
  for (std::int64_t piece = 1; piece < c.depth_blocks; ++piece) {
    const real* from = partial.data() + (piece - 1) * m * n;
    for (std::int64_t i = 0; i < m * n; ++i) y[i] += from[i];
  }
}

}  // namespace fgcn::kernels::cpu
