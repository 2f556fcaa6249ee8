#include <utility>

#include "kernels/gpu/elements.h"
#include "kernels/gpu/side_by_side.h"
#include "kernels/transpose/transpose_axes.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

constexpr int kTransposeTile = 32;
constexpr int kTransposeRows = 8;  // of a tile that a block moves at once

/// One thread per piece: axes are counted so that neighbors are neighbors in y, or in x.
template <int kN>
__global__ void permute_kernel(StridedAxes<2> axes, const real* x, real* y, std::int64_t pieces) {
  const std::int64_t i = thread_number();
  if (i >= pieces) return;
  const auto at = axes.at(i);
  store(y + at.in[1], load<kN>(x + at.in[0]));
}

/// Planes in which one axis is x's fastest and the other y's.
struct TransposePlanes {
  StridedAxes<2, Shape::kMaxRank - 2> begin;  // of a plane, in x and y
  std::int64_t rows, cols;                    // along x's fastest axis, along y's
  std::int64_t x_step, y_step;                // between columns in x, between rows in y
  Divider row_tiles, col_tiles;               // of a plane
};

/// One block per tile: read along x's fastest axis, written along y's. The odd width puts a tile's
/// column into 32 banks.
__global__ void transpose_kernel(TransposePlanes planes, const real* x, real* y) {
  __shared__ real tile[kTransposeTile][kTransposeTile + 1];
  const Split by_cols = planes.col_tiles.split(blockIdx.x);
  const Split by_rows = planes.row_tiles.split(by_cols.quotient);
  const auto begin = planes.begin.at(by_rows.quotient);
  const std::int64_t r0 = by_rows.remainder * kTransposeTile;
  const std::int64_t c0 = by_cols.remainder * kTransposeTile;
  x += begin.in[0];
  y += begin.in[1];
  for (int k = threadIdx.y; k < kTransposeTile; k += kTransposeRows) {
    const std::int64_t r = r0 + threadIdx.x, c = c0 + k;
    if (r < planes.rows && c < planes.cols) tile[k][threadIdx.x] = x[c * planes.x_step + r];
  }
  __syncthreads();
  for (int k = threadIdx.y; k < kTransposeTile; k += kTransposeRows) {
    const std::int64_t r = r0 + k, c = c0 + threadIdx.x;
    if (r < planes.rows && c < planes.cols) y[r * planes.y_step + c] = tile[threadIdx.x][k];
  }
}

/// x's order instead of y's.
void order_by_x(TransposeAxes& axes) {
  for (int i = 1; i < axes.rank; ++i) {
    for (int k = i; k > 0 && axes.axis[k - 1].x_step < axes.axis[k].x_step; --k)
      std::swap(axes.axis[k - 1], axes.axis[k]);
  }
}

template <int kN>
void permute(const Context& ctx, const TransposeAxes& axes, const real* x, real* y) {
  StridedAxes<2> pieces;
  std::int64_t count = 1;
  for (int i = 0; i < axes.rank; ++i) {
    // In pieces the last axis is contiguous in both.
    // NOLINTNEXTLINE(bugprone-branch-clone): kN may be 1
    const int lanes = i == axes.rank - 1 ? kN : 1;
    pieces.add(axes.axis[i].size / lanes,
               {axes.axis[i].x_step * lanes, axes.axis[i].y_step * lanes});
    count *= axes.axis[i].size / lanes;
  }
  launch(ctx, "permute", one_thread_each(count), permute_kernel<kN>, pieces, x, y, count);
}

/// x [A, B, w] to y [B, A, w], w one element or several, with few A or few B: these lie side by
/// side in one of the arrays. False, and nothing is done, where they are many.
bool transpose_parts(const Context& ctx, const TransposeAxes& axes, const real* x, real* y) {
  const std::int64_t in_y = axes.axis[0].size, in_x = axes.axis[1].size;
  const std::int64_t w = axes.rank == 3 ? axes.axis[2].size : 1;
  if (axes.axis[0].x_step != w || (axes.rank == 3 && axes.axis[2].x_step != 1)) return false;
  if (in_y <= kMostParts) {
    SideBySide<real> parts(in_x, in_y * w);
    for (std::int64_t k = 0; k < in_y; ++k) parts.add(y + k * in_x * w, k * w, w);
    split_parts(ctx, parts, x);
    return true;
  }
  if (in_x <= kMostParts) {
    SideBySide<const real> parts(in_y, in_x * w);
    for (std::int64_t k = 0; k < in_x; ++k) parts.add(x + k * in_y * w, k * w, w);
    join_parts(ctx, parts, y);
    return true;
  }
  return false;
}

void transpose_planes(const Context& ctx, const TransposeAxes& axes, int fast, const real* x,
                      real* y) {
  const TransposeAxis &rows = axes.axis[fast], &cols = axes.axis[axes.rank - 1];
  const auto tiles = [](std::int64_t size) { return (size + kTransposeTile - 1) / kTransposeTile; };
  TransposePlanes planes{{},
                         rows.size,
                         cols.size,
                         cols.x_step,
                         rows.y_step,
                         Divider(tiles(rows.size)),
                         Divider(tiles(cols.size))};
  std::int64_t count = tiles(rows.size) * tiles(cols.size);
  for (int i = 0; i + 1 < axes.rank; ++i) {
    if (i == fast) continue;
    planes.begin.add(axes.axis[i].size, {axes.axis[i].x_step, axes.axis[i].y_step});
    count *= axes.axis[i].size;
  }
  LaunchShape shape = one_block_each(count);
  shape.block = {kTransposeTile, kTransposeRows};
  launch(ctx, "transpose", shape, transpose_kernel, planes, x, y);
}

void transpose(const Context& ctx, View<const real> x, const AxisOrder& order, View<real> y) {
  const std::int64_t size = x.size();
  if (size == 0) return;
  TransposeAxes axes(x.shape, order);
  if (axes.rank < 2) {
    ctx.runtime().copy(y.data, x.data, static_cast<std::size_t>(size) * sizeof(real));
    return;
  }
  const int last = axes.rank - 1;
  const bool runs = axes.axis[last].x_step == 1;  // they stay whole
  if (runs && in_pieces(x.data) && in_pieces(y.data) && whole_pieces(axes.axis[last].size))
    return permute<kLanes>(ctx, axes, x.data, y.data);
  if (axes.rank <= 3 && transpose_parts(ctx, axes, x.data, y.data)) return;
  if (runs) return permute<1>(ctx, axes, x.data, y.data);
  const int fast = axes.fast();
  // A tile of a few channels would be nearly empty: threads then follow the array in which the
  // channels are neighbours, and meet the other as that many streams.
  constexpr std::int64_t kNarrow = kTransposeTile / 2;
  if (axes.axis[last].size < kNarrow) return permute<1>(ctx, axes, x.data, y.data);
  if (axes.axis[fast].size < kNarrow) {
    order_by_x(axes);
    return permute<1>(ctx, axes, x.data, y.data);
  }
  transpose_planes(ctx, axes, fast, x.data, y.data);
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
