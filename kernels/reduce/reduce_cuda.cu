#include <algorithm>
#include <vector>

#include "kernels/binary/broadcast_axes.h"
#include "kernels/core/elements.h"
#include "kernels/reduce/reduce.h"
#include "kernels/reduce/reduce_passes.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

// Sums are cut by their sizes alone, accumulated in double and added in a fixed order.
constexpr unsigned kSumThreads = 256;
constexpr unsigned kSumWarps = kSumThreads / 32;
constexpr unsigned kSumLanes = 0xffffffffu;  // of a warp, all
constexpr std::int64_t kShortRun = 256;      // elements that part of a warp sums
constexpr std::int64_t kFewRows = 32;        // rows that one thread sums
constexpr std::int64_t kSomeRows = 256;      // the same, where threads are plenty
constexpr std::int64_t kPlenty = 32768;
constexpr std::int64_t kSumsOfThread = 16;  // pieces a thread takes before a block is added
constexpr std::int64_t kSumBlocks = 1024;   // of one sum

/// y [runs] = sums of contiguous runs. 2^lanes_log2 lanes of a warp a run: neighbours read
/// neighbours, of several runs where these are short.
__global__ void sum_short_runs_kernel(const real* x, std::int64_t runs, std::int64_t size,
                                      int lanes_log2, real* y) {
  const std::int64_t i = thread_number();
  const std::int64_t run = i >> lanes_log2;
  const int lanes = 1 << lanes_log2, lane = static_cast<int>(i) & (lanes - 1);
  double sum = 0;
  if (run < runs) {
    for (std::int64_t e = lane; e < size; e += lanes) sum += static_cast<double>(x[run * size + e]);
  }
  for (int step = lanes / 2; step > 0; step /= 2) sum += __shfl_xor_sync(kSumLanes, sum, step);
  if (run < runs && lane == 0) y[run] = static_cast<real>(sum);
}

/// n in units, the last one perhaps not full.
constexpr std::int64_t sum_units(std::int64_t n, std::int64_t unit) {
  return (n + unit - 1) / unit;
}

/// Long runs, each cut into `blocks` of `share` elements.
struct SumRuns {
  std::int64_t size, share;
  Divider blocks;
};

/// out [runs, blocks] = sums of the parts of contiguous runs, a block each.
template <class In, class Out, int kN>
__global__ void sum_long_runs_kernel(SumRuns runs, const In* x, Out* out) {
  FGCN_DYNAMIC_SHARED(double, warp_sums);
  const Split at = runs.blocks.split(blockIdx.x);
  const In* from = x + at.quotient * runs.size;
  const std::int64_t begin = at.remainder * runs.share;
  const std::int64_t end = begin + runs.share < runs.size ? begin + runs.share : runs.size;
  const std::int64_t whole = begin + (end - begin) / kN * kN;
  double sums[kN] = {};
  for (std::int64_t e = begin + threadIdx.x * kN; e < whole; e += kSumThreads * kN) {
    const Lanes<kN, In> v = load<kN>(from + e);
    for (int k = 0; k < kN; ++k) sums[k] += static_cast<double>(v.of[k]);
  }
  double sum = 0;
  for (int k = 0; k < kN; ++k) sum += sums[k];
  if (whole + threadIdx.x < end) sum += static_cast<double>(from[whole + threadIdx.x]);
  for (int step = 16; step > 0; step /= 2) sum += __shfl_xor_sync(kSumLanes, sum, step);
  if (threadIdx.x % 32 == 0) warp_sums[threadIdx.x / 32] = sum;
  __syncthreads();
  if (threadIdx.x < 32) {
    sum = threadIdx.x < kSumWarps ? warp_sums[threadIdx.x] : 0;
    for (int step = kSumWarps / 2; step > 0; step /= 2)
      sum += __shfl_xor_sync(kSumLanes, sum, step);
    if (threadIdx.x == 0) out[blockIdx.x] = static_cast<Out>(sum);
  }
}

void sum_long_runs(const Context& ctx, const real* x, std::int64_t runs, std::int64_t size,
                   real* y) {
  constexpr std::int64_t kStep = kSumThreads * kLanes;
  constexpr std::int64_t kLeast = kSumThreads * kSumsOfThread;
  SumRuns cut{size, 0, {}};
  cut.share =
      sum_units(sum_units(size, std::min(kSumBlocks, sum_units(size, kLeast))), kStep) * kStep;
  const std::int64_t blocks = sum_units(size, cut.share);
  cut.blocks = Divider(blocks);
  const bool in_lanes = in_pieces(x) && (runs == 1 || whole_pieces(size));
  constexpr std::size_t kShared = kSumWarps * sizeof(double);
  const LaunchShape shape = one_block_each(runs * blocks, kSumThreads, kShared);
  if (blocks == 1) {
    launch(
        ctx, "sum_long_runs", shape,
        in_lanes ? sum_long_runs_kernel<real, real, kLanes> : sum_long_runs_kernel<real, real, 1>,
        cut, x, y);
    return;
  }
  const Scratch<double> partial(ctx, runs * blocks);
  launch(
      ctx, "sum_long_runs", shape,
      in_lanes ? sum_long_runs_kernel<real, double, kLanes> : sum_long_runs_kernel<real, double, 1>,
      cut, x, partial.data());
  const SumRuns rest{blocks, blocks, Divider(1)};
  launch(ctx, "sum_of_blocks", one_block_each(runs, kSumThreads, kShared),
         sum_long_runs_kernel<double, real, 1>, rest, partial.data(), y);
}

/// x [outer, rows, width], summed over the rows; a row in pieces.
struct SumColumns {
  std::int64_t rows, width;
  std::int64_t pieces;  // of a row
  Divider by_pieces;
  // Of a block: `across` pieces of a row by `down` threads, over `share` rows.
  std::int64_t share;
  unsigned across, down;
  Divider by_parts, by_blocks;  // parts of a row, blocks of the rows
};

/// One thread a piece of a sum: neighbours read neighbours.
template <int kN>
__global__ void sum_few_rows_kernel(SumColumns columns, const real* x, real* y,
                                    std::int64_t count) {
  const std::int64_t i = thread_number();
  if (i >= count) return;
  const Split at = columns.by_pieces.split(i);
  const real* from = x + at.quotient * columns.rows * columns.width + at.remainder * kN;
  double sum[kN] = {};
  for (std::int64_t r = 0; r < columns.rows; ++r) {
    const Lanes<kN> v = load<kN>(from + r * columns.width);
    for (int k = 0; k < kN; ++k) sum[k] += static_cast<double>(v.of[k]);
  }
  Lanes<kN> out;
  for (int k = 0; k < kN; ++k) out.of[k] = static_cast<real>(sum[k]);
  store(y + at.quotient * columns.width + at.remainder * kN, out);
}

/// out [outer, blocks, width] = sums over the rows of a block. A block's threads lie along a row,
/// and in several rows where these are short; a tree in shared memory adds them.
template <class In, class Out, int kN>
__global__ void sum_columns_kernel(SumColumns columns, const In* x, Out* out) {
  FGCN_DYNAMIC_SHARED(double, sums);  // [kN, threads]: neighbours in neighbouring banks
  const Split by_parts = columns.by_parts.split(blockIdx.x);
  const Split by_blocks = columns.by_blocks.split(by_parts.quotient);
  const unsigned row = threadIdx.x / columns.across;
  const std::int64_t piece =
      by_parts.remainder * columns.across + (threadIdx.x - row * columns.across);
  const bool active = row < columns.down && piece < columns.pieces;
  const std::int64_t begin = by_blocks.remainder * columns.share;
  const std::int64_t end =
      begin + columns.share < columns.rows ? begin + columns.share : columns.rows;
  double sum[kN] = {};
  if (active) {
    const In* from = x + by_blocks.quotient * columns.rows * columns.width + piece * kN;
    for (std::int64_t r = begin + row; r < end; r += columns.down) {
      const Lanes<kN, In> v = load<kN>(from + r * columns.width);
      for (int k = 0; k < kN; ++k) sum[k] += static_cast<double>(v.of[k]);
    }
  }
  for (int k = 0; k < kN; ++k) sums[k * kSumThreads + threadIdx.x] = sum[k];
  for (unsigned left = columns.down; left > 1;) {
    const unsigned half = (left + 1) / 2;
    __syncthreads();
    if (row + half < left) {
      for (int k = 0; k < kN; ++k) {
        sum[k] += sums[k * kSumThreads + threadIdx.x + half * columns.across];
        sums[k * kSumThreads + threadIdx.x] = sum[k];
      }
    }
    left = half;
  }
  if (!active || row > 0) return;
  Out* to = out + by_parts.quotient * columns.width + piece * kN;
  for (int k = 0; k < kN; ++k) to[k] = static_cast<Out>(sum[k]);
}

/// The number of blocks one of `columns` takes along the rows; sets the sizes of a block.
std::int64_t cut_columns(SumColumns& columns, std::int64_t most_blocks) {
  const std::int64_t parts = sum_units(columns.pieces, kSumThreads / 2);
  columns.across = static_cast<unsigned>(sum_units(columns.pieces, parts));
  columns.down = kSumThreads / columns.across;
  const std::int64_t blocks =
      std::min(most_blocks, sum_units(columns.rows, columns.down * kSumsOfThread));
  columns.share = sum_units(columns.rows, blocks);
  columns.by_parts = Divider(sum_units(columns.pieces, columns.across));
  columns.by_blocks = Divider(sum_units(columns.rows, columns.share));
  return sum_units(columns.rows, columns.share);
}

template <class In, class Out, int kN>
void launch_columns(const Context& ctx, const SumColumns& columns, std::int64_t blocks, const In* x,
                    Out* out) {
  const std::int64_t parts = (columns.pieces + columns.across - 1) / columns.across;
  launch(ctx, "sum_columns",
         one_block_each(blocks * parts, kSumThreads, kN * kSumThreads * sizeof(double)),
         sum_columns_kernel<In, Out, kN>, columns, x, out);
}

template <int kN>
void sum_columns(const Context& ctx, const real* x, std::int64_t outer, std::int64_t rows,
                 std::int64_t width, real* y) {
  SumColumns columns{};
  columns.rows = rows;
  columns.width = width;
  columns.pieces = width / kN;
  columns.by_pieces = Divider(columns.pieces);
  const std::int64_t count = outer * columns.pieces;
  if (rows <= kFewRows || (rows <= kSomeRows && count >= kPlenty)) {
    launch(ctx, "sum_few_rows", one_thread_each(count), sum_few_rows_kernel<kN>, columns, x, y,
           count);
    return;
  }
  const std::int64_t blocks = cut_columns(columns, kSumBlocks);
  if (blocks == 1) return launch_columns<real, real, kN>(ctx, columns, outer, x, y);
  const Scratch<double> partial(ctx, outer * blocks * width);
  launch_columns<real, double, kN>(ctx, columns, outer * blocks, x, partial.data());
  SumColumns rest{};
  rest.rows = blocks;
  rest.width = rest.pieces = width;
  cut_columns(rest, 1);
  launch_columns<double, real, 1>(ctx, rest, outer, partial.data(), y);
}

/// y [outer, width] = sum over rows of x [outer, rows, width].
void sum_middle(const Context& ctx, const real* x, std::int64_t outer, std::int64_t rows,
                std::int64_t width, real* y) {
  if (width > 1) {
    if (in_pieces(x) && in_pieces(y) && whole_pieces(width))
      return sum_columns<kLanes>(ctx, x, outer, rows, width, y);
    return sum_columns<1>(ctx, x, outer, rows, width, y);
  }
  if (rows > kShortRun) return sum_long_runs(ctx, x, outer, rows, y);
  int lanes_log2 = 0;
  while (lanes_log2 < 5 && (1 << lanes_log2) < rows) ++lanes_log2;
  launch(ctx, "sum_short_runs", one_thread_each(outer << lanes_log2, kSumThreads),
         sum_short_runs_kernel, x, outer, rows, lanes_log2, y);
}

void reduce_sum(const Context& ctx, View<const real> x, View<real> y) {
  if (y.size() == 0) return;
  if (x.size() == 0)
    return ctx.runtime().zero(y.data, static_cast<std::size_t>(y.size()) * sizeof(real));
  const std::vector<ReducePass> passes = reduce_passes(x.shape, y.shape);
  if (passes.empty())
    return ctx.runtime().copy(y.data, x.data, static_cast<std::size_t>(x.size()) * sizeof(real));
  const Scratch<real> first(ctx, passes.size() > 1 ? x.size() / 2 : 0);
  const Scratch<real> second(ctx, passes.size() > 2 ? x.size() / 4 : 0);
  const real* from = x.data;
  for (const ReducePass& pass : passes) {
    const bool last = &pass == &passes.back();
    real* to = last ? y.data : (from == first.data() ? second.data() : first.data());
    sum_middle(ctx, from, pass.outer, pass.rows, pass.width, to);
    from = to;
  }
}

/// One thread a piece of a row.
template <int kN>
__global__ void repeat_kernel(StridedAxes<1> rows, Divider pieces_of_row, std::int64_t pieces,
                              std::int64_t inner, std::int64_t width, const real* x, real* y) {
  const std::int64_t i = thread_number();
  if (i >= pieces) return;
  const Split at = pieces_of_row.split(i);
  const std::int64_t c = at.remainder * kN;
  const real* from = x + rows.at(at.quotient).in[0] + c * inner;
  store(y + at.quotient * width + c, load_or_repeat<kN>(from, inner));
}

void repeat(const Context& ctx, View<const real> x, View<real> y) {
  if (y.size() == 0) return;
  const BroadcastAxes<1> axes(y.shape, {x.shape});
  StridedAxes<1> rows;
  for (int i = 0; i < axes.rank; ++i) rows.add(axes.size[i], {axes.stride[0][i]});
  const bool in_lanes =
      in_pieces(y.data) && whole_pieces(axes.width) && (axes.inner[0] == 0 || in_pieces(x.data));
  const std::int64_t of_row = axes.width / (in_lanes ? kLanes : 1);
  launch(ctx, "repeat", one_thread_each(axes.rows * of_row),
         in_lanes ? repeat_kernel<kLanes> : repeat_kernel<1>, rows, Divider(of_row),
         axes.rows * of_row, axes.inner[0], axes.width, x.data, y.data);
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
