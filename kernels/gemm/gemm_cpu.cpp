#include <omp.h>

#include <algorithm>
#include <cstring>

#include "kernels/core/workspace.h"
#include "kernels/gemm/gemm.h"
#include "kernels/gemm/gemm_block.h"

namespace fgcn::kernels::cpu {
namespace {

constexpr std::int64_t kWide = 512;   // columns at a time: a packed block of b stays in L2
constexpr std::int64_t kTall = 1020;  // rows a work item, a multiple of both tiles' rows
constexpr std::int64_t kThin = 8;     // rows or fewer: b is read once, as it lies in memory
constexpr std::int64_t kFew = 24;     // rows or fewer: b is not packed
constexpr std::int64_t kItems = 16;   // work items wanted, enough to share among a few threads

/// How M, N and K are cut into work items: by the sizes alone.
struct Cut {
  std::int64_t tall, wide, deep;
  std::int64_t row_blocks, column_blocks, depth_blocks;
};

Cut cut(std::int64_t m, std::int64_t n, std::int64_t k) {
  Cut out{kTall, kWide, k, ceil_div(m, kTall), ceil_div(n, kWide), 1};
  if (out.row_blocks * out.column_blocks >= kItems || m * n * k < (1 << 18)) return out;
  // Narrower blocks of b first: their packing is not repeated. Then of a, then of K.
  out.wide = std::max<std::int64_t>(4 * kTileColumns, ceil_div(n, kItems));
  out.wide = std::min(kWide, ceil_div(out.wide, kTileColumns) * kTileColumns);
  out.column_blocks = ceil_div(n, out.wide);
  out.tall =
      std::max<std::int64_t>(8 * kTileRows, ceil_div(m, ceil_div(kItems, out.column_blocks)));
  out.tall = std::min(kTall, ceil_div(out.tall, kTileRows) * kTileRows);
  out.row_blocks = ceil_div(m, out.tall);
  const std::int64_t pieces = ceil_div(kItems, out.row_blocks * out.column_blocks);
  if (pieces > 1 && k >= 16 * kDepth) {
    out.deep = std::max<std::int64_t>(4 * kDepth, ceil_div(k, pieces));
    out.depth_blocks = ceil_div(k, out.deep);
  }
  return out;
}

/// One work item: y [rows, width] = or += a [rows, depth] b [depth, width].
struct Item {
  Strided a, b;
  std::int64_t rows, depth, width;
  real* y;
  std::int64_t y_row;
  bool add;
};

void start(const Item& item) {
  for (std::int64_t i = 0; i < item.rows && !item.add; ++i)
    std::fill_n(item.y + i * item.y_row, item.width, real(0));
}

/// Few rows, b by rows: each row of b is added, times a column of a, to y, which stays in L1.
/// `kRows` rows at a time; four rows of b for each load and store of y.
template <int kRows>
void thin_by_rows(const Item& item) {
  std::int64_t k = 0;
  for (; k + 4 <= item.depth; k += 4) {
    const real* b0 = item.b.at(k, 0);
    const real* b1 = item.b.at(k + 1, 0);
    const real* b2 = item.b.at(k + 2, 0);
    const real* b3 = item.b.at(k + 3, 0);
    real a[kRows][4];
    for (int i = 0; i < kRows; ++i)
      for (int d = 0; d < 4; ++d) a[i][d] = *item.a.at(i, k + d);
#pragma omp simd
    for (std::int64_t j = 0; j < item.width; ++j) {
      for (int i = 0; i < kRows; ++i) {
        real sum = item.y[i * item.y_row + j];
        sum += a[i][0] * b0[j];
        sum += a[i][1] * b1[j];
        sum += a[i][2] * b2[j];
        sum += a[i][3] * b3[j];
        item.y[i * item.y_row + j] = sum;
      }
    }
  }
  for (; k < item.depth; ++k) {
    const real* row = item.b.at(k, 0);
    for (int i = 0; i < kRows; ++i) {
      const real factor = *item.a.at(i, k);
#pragma omp simd
      for (std::int64_t j = 0; j < item.width; ++j) item.y[i * item.y_row + j] += factor * row[j];
    }
  }
}

/// Few rows, b by columns: scalar products along contiguous memory, in `kLanes` partial sums.
/// a is copied to contiguous rows first.
template <int kRows>
void thin_by_columns(const Item& item, const real* a, std::int64_t a_row) {
  const std::int64_t whole = item.depth / kLanes * kLanes;
  for (std::int64_t j = 0; j < item.width; ++j) {
    const real* b = item.b.at(0, j);
    real sum[kRows][kLanes] = {};
    for (std::int64_t k = 0; k < whole; k += kLanes) {
      for (int i = 0; i < kRows; ++i) {
#pragma omp simd
        for (int lane = 0; lane < kLanes; ++lane)
          sum[i][lane] += a[i * a_row + k + lane] * b[k + lane];
      }
    }
    for (int i = 0; i < kRows; ++i) {
      real total = 0;
      for (int lane = 0; lane < kLanes; ++lane) total += sum[i][lane];
      for (std::int64_t k = whole; k < item.depth; ++k) total += a[i * a_row + k] * b[k];
      item.y[i * item.y_row + j] += total;
    }
  }
}

/// Rows in groups of four, then one by one.
void thin(const Item& item, real* rows_of_a) {
  start(item);
  const bool by_columns = item.b.col != 1;
  if (by_columns) {
    for (std::int64_t i = 0; i < item.rows; ++i)
      for (std::int64_t k = 0; k < item.depth; ++k)
        rows_of_a[i * item.depth + k] = *item.a.at(i, k);
  }
  for (std::int64_t i = 0; i < item.rows;) {
    Item some = item;
    some.a.data = item.a.at(i, 0);
    some.y = item.y + i * item.y_row;
    const real* a = rows_of_a + i * item.depth;
    if (item.rows - i >= 4) {
      by_columns ? thin_by_columns<4>(some, a, item.depth) : thin_by_rows<4>(some);
      i += 4;
    } else {
      by_columns ? thin_by_columns<1>(some, a, item.depth) : thin_by_rows<1>(some);
      i += 1;
    }
  }
}

}  // namespace

void gemm(const Context& ctx, const GemmOptions& options, View<const real> a, View<const real> b,
          View<real> y) {
  const std::int64_t m = y.dim(0), n = y.dim(1);
  const std::int64_t k = a.dim(is_transposed(options.transpose_a) ? 0 : 1);
  if (m == 0 || n == 0) return;
  if (k == 0) {
    if (!options.accumulate) std::fill_n(y.data, y.size(), real(0));
    return;
  }
  const Strided whole_a{a.data, is_transposed(options.transpose_a) ? 1 : k,
                        is_transposed(options.transpose_a) ? m : 1};
  const Strided whole_b{b.data, is_transposed(options.transpose_b) ? 1 : n,
                        is_transposed(options.transpose_b) ? k : 1};
  const Cut c = cut(m, n, k);
  const std::int64_t items = c.row_blocks * c.column_blocks * c.depth_blocks;
  const int threads =
      m * n * k < 32768 ? 1 : static_cast<int>(std::min<std::int64_t>(ctx.threads(), items));
  const bool is_thin = m <= kThin && k >= 64;
  const bool is_few = !is_thin && m <= kFew && !is_transposed(options.transpose_b);
  const std::int64_t deep = std::min(c.deep, k), wide = std::min(c.wide, n);
  const std::int64_t working = is_thin  ? (is_transposed(options.transpose_b) ? m * deep : 0)
                               : is_few ? packed_size(std::min(kDepth, deep), kTileColumns)
                                        : packed_size(std::min(kDepth, deep), wide);
  const Workspace scratch(ctx, threads * working);
  // Pieces of K beyond the first go to memory of their own and are added in order.
  const Workspace partial(ctx, (c.depth_blocks - 1) * m * n);
#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (std::int64_t index = 0; index < items; ++index) {
    const std::int64_t piece = index / (c.row_blocks * c.column_blocks);
    const std::int64_t i = index / c.column_blocks % c.row_blocks * c.tall;
    const std::int64_t j = index % c.column_blocks * c.wide;
    const std::int64_t d = piece * c.deep;
    real* to = piece == 0 ? y.data : partial.data() + (piece - 1) * m * n;
    real* own = scratch.data() + omp_get_thread_num() * working;
    const Item item{{whole_a.at(i, d), whole_a.row, whole_a.col},
                    {whole_b.at(d, j), whole_b.row, whole_b.col},
                    std::min(c.tall, m - i),
                    std::min(c.deep, k - d),
                    std::min(c.wide, n - j),
                    to + i * n + j,
                    n,
                    options.accumulate && piece == 0};
    if (is_thin) {
      thin(item, own);
    } else if (is_few) {
      multiply_unpacked(item.a, item.b, item.rows, item.depth, item.width, item.y, n, item.add,
                        own);
    } else {
      // One block of K at a time, so that it is still in the cache when it is used.
      for (std::int64_t from = 0; from < item.depth; from += kDepth) {
        const std::int64_t some = std::min(kDepth, item.depth - from);
        pack({item.b.at(from, 0), item.b.row, item.b.col}, some, item.width, own);
        multiply_packed({item.a.at(0, from), item.a.row, item.a.col}, own, item.rows, some,
                        item.width, item.y, n, item.add || from > 0);
      }
    }
  }
  for (std::int64_t piece = 1; piece < c.depth_blocks; ++piece) {
    const real* from = partial.data() + (piece - 1) * m * n;
    for (std::int64_t i = 0; i < m * n; ++i) y[i] += from[i];
  }
}

}  // namespace fgcn::kernels::cpu
