// The tile of a block of the tiled Chebyshev layer, and how the block reads and writes it.
// Included by .cu files.
#pragma once

#include "kernels/cheb_conv/csr_tiles.h"
#include "kernels/gpu/elements.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

constexpr unsigned kTileThreads = 512;
constexpr int kSliceRows = CsrTilesView::kSliceRows;
constexpr int kRowReals = CsrTilesView::kRowBytes / static_cast<int>(sizeof(real));
using Quad = Lanes<4>;

/// How a block's threads and its shared memory are shared out.
struct TileLayout {
  int samples;  // log2 of the samples of a block
  int quads;    // log2 of quads of g's channels of a sample in a chunk; samples + quads <= 2
  int outs;     // log2 of quads of the sum's channels of a block; samples + outs <= 3
  int weights;  // where they begin in shared memory, in reals; before them lies the term
  int room;     // where the room for sums over threads begins
};

/// TermsOf (cheb_tiles.h) in a launch. The numbers fit into 32 bits, as registers are scarce here;
/// by_tiles checks it.
struct TileJob {
  int samples, from, to;  // N, R, A
  int terms;
  const real* g;
  const real* w;
  bool plain_w;  // [R, A], else [A, R]
  const real* x;
  real* sum;
  real* partial;                    // [blocks, K, PairOrder::of_term()]
  bool from_in_quads, to_in_quads;  // 16-byte pieces: of g; of x and sum
  int units;                        // tiles * groups of samples
  int sample_groups;
};

/// A quad of a row in shared memory.
__device__ __forceinline__ real* at_place(real* term, std::uint32_t place, int quad) {
  return reinterpret_cast<real*>(reinterpret_cast<char*>(term) + (place ^ quad << 4));
}
__device__ __forceinline__ real* quad_of(real* term, int row, int quad) {
  return at_place(term, CsrTilesView::place(static_cast<std::uint32_t>(row)), quad);
}

/// A block's tile and samples.
struct TileUnit {
  const std::int32_t* end;  // Tile::end
  int row, slice;           // where the tile's begin
  int first_sample;
  int own, local;
};

__device__ __forceinline__ TileUnit unit_at(const CsrTilesView& l, const TileJob& job,
                                            const TileLayout& layout, int number) {
  const int tile_number = number / job.sample_groups;
  const std::int32_t* tile = l.tile + tile_number * (l.rings + 3);
  return {tile + 2, tile[0],
          tile[1],  (number - tile_number * job.sample_groups) << layout.samples,
          tile[2],  tile[2 + l.rings]};
}

/// Element `i` of an array [rows, samples, 4 << log_quads] of a block, of which the channels from
/// `first` on are read or written: where it lies in the whole array [V, N, channels]; -1 for
/// padding.
__device__ __forceinline__ std::int64_t element_of(const CsrTilesView& l, const TileUnit& unit,
                                                   int samples, int channels, int first,
                                                   int log_samples, int log_quads, int i) {
  const int of_sample = log_quads + 2;
  const int c = first + (i & ((1 << of_sample) - 1));
  const int n = unit.first_sample + (i >> of_sample & ((1 << log_samples) - 1));
  if (c >= channels || n >= samples) return -1;
  const std::int64_t row = l.row[unit.row + (i >> (of_sample + log_samples))];
  return (row * samples + n) * channels + c;
}

/// g's chunk from channel `first` on, of all rows of the tile. All threads; barriers around it are
/// the caller's.
__device__ __forceinline__ void read_chunk(const CsrTilesView& l, const TileJob& job,
                                           const TileLayout& layout, const TileUnit& unit,
                                           int first, real* term) {
  const int log_width = layout.samples + layout.quads;
  if (job.from_in_quads) {
#pragma unroll 1
    for (int i = threadIdx.x; i < unit.local << log_width; i += kTileThreads) {
      const std::int64_t at =
          element_of(l, unit, job.samples, job.from, first, layout.samples, layout.quads, i << 2);
      const Quad value = at < 0 ? Quad{} : load<4>(job.g + at);
      store_shared(quad_of(term, i >> log_width, i & ((1 << log_width) - 1)), value);
    }
    return;
  }
#pragma unroll 1
  for (int i = threadIdx.x; i < unit.local << (log_width + 2); i += kTileThreads) {
    const std::int64_t at =
        element_of(l, unit, job.samples, job.from, first, layout.samples, layout.quads, i);
    const int quad = i >> 2;
    quad_of(term, quad >> log_width, quad & ((1 << log_width) - 1))[i & 3] =
        at < 0 ? real(0) : job.g[at];
  }
}

/// Length of a row of weights [quads, 4 of R] by [outs, 4 of A] in shared memory: one piece longer,
/// so that they may be written column by column.
__device__ __host__ __forceinline__ int weights_pitch(const TileLayout& layout) {
  return (4 << layout.outs) + 4;
}

/// The weights of all terms for one chunk and the block's channels of the sum, zeros beyond: as
/// [K, quads, 4 of R, pitch].
__device__ __forceinline__ void read_weights(const TileJob& job, const TileLayout& layout,
                                             int first, real* weights) {
  const int log_from = layout.quads + 2, log_to = layout.outs + 2;
#pragma unroll 1
  for (int i = static_cast<int>(threadIdx.x); i < job.terms << (log_from + log_to);
       i += kTileThreads) {
    const int log_inner = job.plain_w ? log_to : log_from;
    const int inner = i & ((1 << log_inner) - 1);
    const int outer = (i & ((1 << (log_from + log_to)) - 1)) >> log_inner;
    const int k = i >> (log_from + log_to);
    const int in_chunk = job.plain_w ? outer : inner, in_block = job.plain_w ? inner : outer;
    const int from = first + in_chunk, to = (static_cast<int>(blockIdx.y) << log_to) + in_block;
    const int at = job.plain_w ? from * job.to + to : to * job.from + from;
    weights[((k << log_from) + in_chunk) * weights_pitch(layout) + in_block] =
        from < job.from && to < job.to ? job.w[k * job.from * job.to + at] : real(0);
  }
}

/// The block's threads as the product sees them: each has one quad of the sum's channels of one
/// sample, and every `step`-th own row.
struct ProductShare {
  int out, sample, row, step;
  int first;  // channel of the block's first quad

  __device__ __forceinline__ explicit ProductShare(const TileLayout& layout) {
    const int thread = static_cast<int>(threadIdx.x);
    out = thread & ((1 << layout.outs) - 1);
    sample = thread >> layout.outs & ((1 << layout.samples) - 1);
    row = thread >> (layout.outs + layout.samples);
    step = static_cast<int>(kTileThreads) >> (layout.outs + layout.samples);
    first = static_cast<int>(blockIdx.y) << (layout.outs + 2);
  }
  /// Index of this thread's quad in an array [rows, samples, outs, 4].
  __device__ __forceinline__ int quad(const TileLayout& layout, int r) const {
    return ((row + r * step) << (layout.samples + layout.outs)) + (sample << layout.outs) + out;
  }
};

/// x of this thread's rows. By way of shared memory where its rows are no whole quads.
template <int kRows>
__device__ __forceinline__ void read_own(const CsrTilesView& l, const TileJob& job,
                                         const TileLayout& layout, const TileUnit& unit,
                                         const ProductShare& share, real* shared,
                                         Quad (&x)[kRows]) {
  if (!job.to_in_quads) {
    __syncthreads();
#pragma unroll 1
    for (int i = threadIdx.x; i < unit.own << (layout.samples + layout.outs + 2);
         i += kTileThreads) {
      const std::int64_t at =
          element_of(l, unit, job.samples, job.to, share.first, layout.samples, layout.outs, i);
      shared[i] = at < 0 ? real(0) : job.x[at];
    }
    __syncthreads();
  }
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    x[r] = {};
    if (share.row + r * share.step >= unit.own) continue;
    const int i = share.quad(layout, r) << 2;
    if (job.to_in_quads) {
      const std::int64_t at =
          element_of(l, unit, job.samples, job.to, share.first, layout.samples, layout.outs, i);
      if (at >= 0) x[r] = load<4>(job.x + at);
    } else {
      x[r] = load<4>(shared + i);
    }
  }
}

/// The other way.
template <int kRows>
__device__ __forceinline__ void write_own(const CsrTilesView& l, const TileJob& job,
                                          const TileLayout& layout, const TileUnit& unit,
                                          const ProductShare& share, real* shared,
                                          const Quad (&sum)[kRows]) {
  if (!job.to_in_quads) __syncthreads();
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    if (share.row + r * share.step >= unit.own) continue;
    const int i = share.quad(layout, r) << 2;
    if (job.to_in_quads) {
      const std::int64_t at =
          element_of(l, unit, job.samples, job.to, share.first, layout.samples, layout.outs, i);
      if (at >= 0) store(job.sum + at, sum[r]);
    } else {
      store_shared(shared + i, sum[r]);
    }
  }
  if (job.to_in_quads) return;
  __syncthreads();
#pragma unroll 1
  for (int i = threadIdx.x; i < unit.own << (layout.samples + layout.outs + 2); i += kTileThreads) {
    const std::int64_t at =
        element_of(l, unit, job.samples, job.to, share.first, layout.samples, layout.outs, i);
    if (at >= 0) job.sum[at] = shared[i];
  }
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
