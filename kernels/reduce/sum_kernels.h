// Sums over one axis on a GPU, of stored elements or of terms that are made as they are added.
// Included by .cu files.
#pragma once

#include <algorithm>

#include "kernels/gpu/elements.h"
#include "kernels/reduce/reduce_passes.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

// Sums are cut by their sizes alone, accumulated in double and added in a fixed order: bits depend
// neither on threads nor on what kind of terms is summed. Each term is made once.
constexpr unsigned kSumThreads = 256;
constexpr unsigned kSumWarps = kSumThreads / 32;
constexpr unsigned kSumLanes = 0xffffffffu;  // of a warp, all
constexpr std::int64_t kShortRun = 256;      // elements that part of a warp sums
constexpr std::int64_t kFewRows = 32;        // rows that one thread sums
constexpr std::int64_t kSomeRows = 256;      // rows that one thread sums where threads are plenty
constexpr std::int64_t kPlenty = 32768;
constexpr std::int64_t kSumsOfThread = 16;  // pieces a thread takes before a block is added
constexpr std::int64_t kSumBlocks = 1024;   // of one sum

/// Terms that are elements of an array. Any other kind has Value, at() and in_pieces() too.
template <class T>
struct StoredTerms {
  using Value = T;
  const T* x;

  /// Terms [i, i + kN).
  template <int kN>
  __device__ __forceinline__ Lanes<kN, T> at(std::int64_t i) const {
    return load<kN>(x + i);
  }
  /// True when whole pieces can be had.
  bool in_pieces() const { return fgcn::in_pieces(x); }
};

/// y [runs] = sums of contiguous runs. 2^lanes_log2 lanes of a warp a run: neighbours take
/// neighbours, of several runs where these are short.
template <class Terms, int kN>
__global__ void sum_short_runs_kernel(Terms terms, std::int64_t runs, std::int64_t pieces,
                                      int lanes_log2, real* y) {
  const std::int64_t i = thread_number();
  const std::int64_t run = i >> lanes_log2;
  const int lanes = 1 << lanes_log2, lane = static_cast<int>(i) & (lanes - 1);
  double sum = 0;
  if (run < runs) {
    for (std::int64_t p = lane; p < pieces; p += lanes) {
      const auto v = terms.template at<kN>((run * pieces + p) * kN);
      for (int k = 0; k < kN; ++k) sum += static_cast<double>(v.of[k]);
    }
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
template <class Terms, class Out, int kN>
__global__ void sum_long_runs_kernel(SumRuns runs, Terms terms, Out* out) {
  FGCN_DYNAMIC_SHARED(double, warp_sums);
  const Split at = runs.blocks.split(blockIdx.x);
  const std::int64_t first = at.quotient * runs.size;
  const std::int64_t begin = at.remainder * runs.share;
  const std::int64_t end = begin + runs.share < runs.size ? begin + runs.share : runs.size;
  const std::int64_t whole = begin + (end - begin) / kN * kN;
  double sums[kN] = {};
  for (std::int64_t e = begin + threadIdx.x * kN; e < whole; e += kSumThreads * kN) {
    const auto v = terms.template at<kN>(first + e);
    for (int k = 0; k < kN; ++k) sums[k] += static_cast<double>(v.of[k]);
  }
  double sum = 0;
  for (int k = 0; k < kN; ++k) sum += sums[k];
  if constexpr (kN > 1) {
    if (whole + threadIdx.x < end)
      sum += static_cast<double>(terms.template at<1>(first + whole + threadIdx.x).of[0]);
  }
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

template <class Terms>
void sum_long_runs(const Context& ctx, const Terms& terms, std::int64_t runs, std::int64_t size,
                   real* y) {
  constexpr std::int64_t kStep = kSumThreads * kLanes;
  constexpr std::int64_t kLeast = kSumThreads * kSumsOfThread;
  SumRuns cut{size, 0, {}};
  cut.share =
      sum_units(sum_units(size, std::min(kSumBlocks, sum_units(size, kLeast))), kStep) * kStep;
  const std::int64_t blocks = sum_units(size, cut.share);
  cut.blocks = Divider(blocks);
  const bool in_lanes = terms.in_pieces() && (runs == 1 || whole_pieces(size));
  constexpr std::size_t kShared = kSumWarps * sizeof(double);
  const LaunchShape shape = one_block_each(runs * blocks, kSumThreads, kShared);
  if (blocks == 1) {
    launch(
        ctx, "sum_long_runs", shape,
        in_lanes ? sum_long_runs_kernel<Terms, real, kLanes> : sum_long_runs_kernel<Terms, real, 1>,
        cut, terms, y);
    return;
  }
  const DeviceScratch<double> partial(ctx, runs * blocks);
  launch(ctx, "sum_long_runs", shape,
         in_lanes ? sum_long_runs_kernel<Terms, double, kLanes>
                  : sum_long_runs_kernel<Terms, double, 1>,
         cut, terms, partial.data());
  using Partial = StoredTerms<double>;
  const SumRuns rest{blocks, blocks, Divider(1)};
  launch(ctx, "sum_of_blocks", one_block_each(runs, kSumThreads, kShared),
         sum_long_runs_kernel<Partial, real, 1>, rest, Partial{partial.data()}, y);
}

/// Terms [outer, rows, width], summed over the rows; a row in pieces.
struct SumColumns {
  std::int64_t rows, width;
  std::int64_t pieces;  // of a row
  Divider by_pieces;
  // The part of a block: `across` pieces of a row by `down` threads, over `share` rows.
  std::int64_t share;
  unsigned across, down;
  Divider by_parts, by_blocks;  // parts of a row, blocks of the rows
};

/// One thread per piece of a sum: neighbors take neighbors.
template <class Terms, int kN>
__global__ void sum_few_rows_kernel(SumColumns columns, Terms terms, real* y, std::int64_t count) {
  const std::int64_t i = thread_number();
  if (i >= count) return;
  const Split at = columns.by_pieces.split(i);
  const std::int64_t first = at.quotient * columns.rows * columns.width + at.remainder * kN;
  double sum[kN] = {};
  for (std::int64_t r = 0; r < columns.rows; ++r) {
    const auto v = terms.template at<kN>(first + r * columns.width);
    for (int k = 0; k < kN; ++k) sum[k] += static_cast<double>(v.of[k]);
  }
  Lanes<kN> out;
  for (int k = 0; k < kN; ++k) out.of[k] = static_cast<real>(sum[k]);
  store(y + at.quotient * columns.width + at.remainder * kN, out);
}

/// out [outer, blocks, width] = sums over the rows of a block. A block's threads lie along a row,
/// and in several rows where these are short; a tree in shared memory adds them.
template <class Terms, class Out, int kN>
__global__ void sum_columns_kernel(SumColumns columns, Terms terms, Out* out) {
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
    const std::int64_t first = by_blocks.quotient * columns.rows * columns.width + piece * kN;
    for (std::int64_t r = begin + row; r < end; r += columns.down) {
      const auto v = terms.template at<kN>(first + r * columns.width);
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
inline std::int64_t cut_columns(SumColumns& columns, std::int64_t most_blocks) {
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

template <class Out, int kN, class Terms>
void launch_columns(const Context& ctx, const SumColumns& columns, std::int64_t blocks,
                    const Terms& terms, Out* out) {
  const std::int64_t parts = (columns.pieces + columns.across - 1) / columns.across;
  launch(ctx, "sum_columns",
         one_block_each(blocks * parts, kSumThreads, kN * kSumThreads * sizeof(double)),
         sum_columns_kernel<Terms, Out, kN>, columns, terms, out);
}

template <int kN, class Terms>
void sum_columns(const Context& ctx, const Terms& terms, const ReducePass& pass, real* y) {
  SumColumns columns{};
  columns.rows = pass.rows;
  columns.width = pass.width;
  columns.pieces = pass.width / kN;
  columns.by_pieces = Divider(columns.pieces);
  const std::int64_t count = pass.outer * columns.pieces;
  if (pass.rows <= kFewRows || (pass.rows <= kSomeRows && count >= kPlenty)) {
    launch(ctx, "sum_few_rows", one_thread_each(count), sum_few_rows_kernel<Terms, kN>, columns,
           terms, y, count);
    return;
  }
  const std::int64_t blocks = cut_columns(columns, kSumBlocks);
  if (blocks == 1) return launch_columns<real, kN>(ctx, columns, pass.outer, terms, y);
  const DeviceScratch<double> partial(ctx, pass.outer * blocks * pass.width);
  launch_columns<double, kN>(ctx, columns, pass.outer * blocks, terms, partial.data());
  SumColumns rest{};
  rest.rows = blocks;
  rest.width = rest.pieces = pass.width;
  cut_columns(rest, 1);
  launch_columns<real, 1>(ctx, rest, pass.outer, StoredTerms<double>{partial.data()}, y);
}

template <int kN, class Terms>
void sum_short_runs(const Context& ctx, const Terms& terms, const ReducePass& pass, real* y) {
  const std::int64_t pieces = pass.rows / kN;
  int lanes_log2 = 0;
  while (lanes_log2 < 5 && (1 << lanes_log2) < pieces) ++lanes_log2;
  launch(ctx, "sum_short_runs", one_thread_each(pass.outer << lanes_log2, kSumThreads),
         sum_short_runs_kernel<Terms, kN>, terms, pass.outer, pieces, lanes_log2, y);
}

/// y [outer, width] = sum over rows of terms [outer, rows, width].
template <class Terms>
void sum_terms(const Context& ctx, const Terms& terms, const ReducePass& pass, real* y) {
  if (pass.width > 1) {
    if (terms.in_pieces() && in_pieces(y) && whole_pieces(pass.width))
      return sum_columns<kLanes>(ctx, terms, pass, y);
    return sum_columns<1>(ctx, terms, pass, y);
  }
  if (pass.rows > kShortRun) return sum_long_runs(ctx, terms, pass.outer, pass.rows, y);
  if (terms.in_pieces() && whole_pieces(pass.rows))
    return sum_short_runs<kLanes>(ctx, terms, pass, y);
  sum_short_runs<1>(ctx, terms, pass, y);
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
