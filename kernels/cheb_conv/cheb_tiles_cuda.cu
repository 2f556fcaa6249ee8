#include <algorithm>

#include "kernels/cheb_conv/cheb_tiles.h"
#include "kernels/core/csr_tiles.h"
#include "kernels/core/elements.h"

// One block holds a term on a tile and its rings in shared memory, a chunk of channels at a time.
// Each product with L needs one ring less, so that after the last one the own rows are right. Every
// term is multiplied with its weights where it lies; sums stay in registers until the end. Memory
// sees the input, the output and the tiles' copy of L.
//
// A chunk is up to four quads of channels beside each other: of one sample, or of two or four
// samples where the layer is narrow, so that a row is read as one run of up to 64 bytes.

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

constexpr unsigned kTileThreads = 512;
constexpr int kWarps = kTileThreads / 32;
/// (row, quad) places of a thread; the term before the previous stays in its registers.
constexpr int kPlaces = CsrTiles::kMostLocal * 4 / kTileThreads;
/// Shared memory that every GPU from sm_75 on gives a block.
constexpr std::size_t kMostShared = 64 << 10;
/// Blocks that sum grad_w, each over its share of the tiles: enough for any GPU, and few enough
/// that their sums are little beside what the layer reads.
constexpr std::int64_t kMostPartials = 256;

using Quad = Lanes<4>;

/// How a block's threads and its shared memory are shared out. Powers of two.
struct Layout {
  int samples;  // log2 of samples of a block
  int quads;    // of quads of g's channels of a sample in a chunk; samples + quads <= 2
  int outs;     // of quads of the sum's channels of a block; samples + outs <= 3
  int weights;  // where the weights begin in shared memory
  int room;     // where the room for sums begins
};

struct Job {
  std::int64_t samples, from, to;  // N, R, A
  std::int64_t terms;
  const real* g;
  const real* w;
  std::int64_t w_from, w_to;  // steps of W_k along R and A
  const real* x;
  real* sum;
  real* partial;  // [blocks, K, A, R]
  bool from_in_quads, to_in_quads;
  std::int64_t units;
  Divider groups;  // unit / groups of samples = tile
};

/// Where a quad of a row lies in shared memory, in reals. Quads of a row are turned by its number:
/// so eight rows' same quad, which the product reads, lie in different banks, as do whole rows.
__device__ __forceinline__ int place_of(int row, int quad, int log_width) {
  const int turn = (row >> (3 - log_width)) & ((1 << log_width) - 1);
  return ((row << log_width) + (quad ^ turn)) << 2;
}

/// A block's tile and samples.
struct Unit {
  const std::int32_t* end;  // Tile::end
  const std::int32_t* row;
  const std::uint32_t* slice;
  std::int64_t first_sample;
  int own, local;
};

__device__ __forceinline__ Unit unit_at(const CsrTilesView& l, const Job& job, const Layout& layout,
                                        std::int64_t number) {
  const Split at = job.groups.split(number);
  const std::int32_t* tile = l.tile + at.quotient * l.tile_words();
  return {tile + 2,           l.row + tile[0], l.slice + tile[1], at.remainder << layout.samples,
          static_cast<int>(tile[2]), static_cast<int>(tile[2 + l.rings])};
}

/// Element `i` of an array [rows, samples, 4 << log_quads] of a block, of which the channels from
/// `first` on are read or written: where it lies in the whole array [V, N, channels]; -1 for
/// padding.
__device__ __forceinline__ std::int64_t element_of(const Unit& unit, std::int64_t samples,
                                                   std::int64_t channels, std::int64_t first,
                                                   int log_samples, int log_quads, int i) {
  const int of_sample = log_quads + 2;
  const std::int64_t c = first + (i & ((1 << of_sample) - 1));
  const std::int64_t n = unit.first_sample + (i >> of_sample & ((1 << log_samples) - 1));
  if (c >= channels || n >= samples) return -1;
  return (unit.row[i >> (of_sample + log_samples)] * samples + n) * channels + c;
}

/// g's chunk from channel `first` on, of all rows of the tile. All threads; barriers around it are
/// the caller's.
__device__ __forceinline__ void read_chunk(const Job& job, const Layout& layout, const Unit& unit,
                                           std::int64_t first, real* term) {
  const int log_width = layout.samples + layout.quads;
  if (job.from_in_quads) {
    for (int i = threadIdx.x; i < unit.local << log_width; i += kTileThreads) {
      const std::int64_t at = element_of(unit, job.samples, job.from, first, layout.samples,
                                         layout.quads, i << 2);
      const Quad value = at < 0 ? Quad{} : load<4>(job.g + at);
      store(term + place_of(i >> log_width, i & ((1 << log_width) - 1), log_width), value);
    }
    return;
  }
  for (int i = threadIdx.x; i < unit.local << (log_width + 2); i += kTileThreads) {
    const std::int64_t at =
        element_of(unit, job.samples, job.from, first, layout.samples, layout.quads, i);
    const int quad = i >> 2;
    term[place_of(quad >> log_width, quad & ((1 << log_width) - 1), log_width) + (i & 3)] =
        at < 0 ? real(0) : job.g[at];
  }
}

/// The weights of all terms for one chunk and the block's channels of the sum, zeros beyond: as
/// [K, quads, 4 of R, outs, 4 of A].
__device__ __forceinline__ void read_weights(const Job& job, const Layout& layout,
                                             std::int64_t first, real* weights) {
  const int log_row = layout.outs + 2, log_term = log_row + 2 + layout.quads;
  for (int i = threadIdx.x; i < job.terms << log_term; i += kTileThreads) {
    const std::int64_t k = i >> log_term;
    const std::int64_t from = first + (i >> log_row & ((4 << layout.quads) - 1));
    const std::int64_t to =
        (static_cast<std::int64_t>(blockIdx.y) << log_row) + (i & ((1 << log_row) - 1));
    const bool there = from < job.from && to < job.to;
    weights[i] = there ? job.w[k * job.from * job.to + from * job.w_from + to * job.w_to] : real(0);
  }
}

/// The block's threads as the product sees them: each has one quad of the sum's channels of one
/// sample, and every `step`-th own row.
struct Share {
  int out, sample, row, step;
  std::int64_t first;  // channel of the block's first quad

  __device__ __forceinline__ explicit Share(const Layout& layout) {
    const int thread = static_cast<int>(threadIdx.x);
    out = thread & ((1 << layout.outs) - 1);
    sample = thread >> layout.outs & ((1 << layout.samples) - 1);
    row = thread >> (layout.outs + layout.samples);
    step = static_cast<int>(kTileThreads) >> (layout.outs + layout.samples);
    first = static_cast<std::int64_t>(blockIdx.y) << (layout.outs + 2);
  }
  /// Of this thread's quad in an array [rows, samples, outs, 4].
  __device__ __forceinline__ int quad(const Layout& layout, int r) const {
    return ((row + r * step) << (layout.samples + layout.outs)) + (sample << layout.outs) + out;
  }
};

/// x of this thread's rows. By way of shared memory where its rows are no whole quads.
template <int kRows>
__device__ __forceinline__ void read_own(const Job& job, const Layout& layout, const Unit& unit,
                                         const Share& share, real* shared, Quad (&x)[kRows]) {
  if (!job.to_in_quads) {
    __syncthreads();
    for (int i = threadIdx.x; i < unit.own << (layout.samples + layout.outs + 2);
         i += kTileThreads) {
      const std::int64_t at = element_of(unit, job.samples, job.to, share.first, layout.samples,
                                         layout.outs, i);
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
      const std::int64_t at = element_of(unit, job.samples, job.to, share.first, layout.samples,
                                         layout.outs, i);
      if (at >= 0) x[r] = load<4>(job.x + at);
    } else {
      x[r] = load<4>(shared + i);
    }
  }
}

/// The other way.
template <int kRows>
__device__ __forceinline__ void write_own(const Job& job, const Layout& layout, const Unit& unit,
                                          const Share& share, real* shared,
                                          const Quad (&sum)[kRows]) {
  if (!job.to_in_quads) __syncthreads();
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    if (share.row + r * share.step >= unit.own) continue;
    const int i = share.quad(layout, r) << 2;
    if (job.to_in_quads) {
      const std::int64_t at = element_of(unit, job.samples, job.to, share.first, layout.samples,
                                         layout.outs, i);
      if (at >= 0) store(job.sum + at, sum[r]);
    } else {
      store(shared + i, sum[r]);
    }
  }
  if (job.to_in_quads) return;
  __syncthreads();
  for (int i = threadIdx.x; i < unit.own << (layout.samples + layout.outs + 2);
       i += kTileThreads) {
    const std::int64_t at = element_of(unit, job.samples, job.to, share.first, layout.samples,
                                       layout.outs, i);
    if (at >= 0) job.sum[at] = shared[i];
  }
}

/// Of 2 * kCount numbers a lane, kCount a lane that are sums over two lanes.
template <int kCount>
__device__ __forceinline__ void halve(real (&value)[16], unsigned bit) {
  const bool upper = (threadIdx.x & bit) != 0;
#pragma unroll
  for (int i = 0; i < kCount; ++i) {
    const real low = value[i], high = value[kCount + i];
    value[i] = (upper ? high : low) +
               __shfl_xor_sync(0xffffffffu, upper ? low : high, static_cast<int>(bit));
  }
}

/// Adds the block's sum of `pair` (4 of A by 4 of R a thread) to its place in `partial`, a term's
/// [A, R]. Threads of the same quad of A are summed, in a fixed order. Two calls use different
/// `room`: [warps, 16 << outs], and a third may use the first's again. One barrier inside.
__device__ __forceinline__ void sum_pairs(real (&pair)[16], const Job& job, const Layout& layout,
                                          const Share& share, std::int64_t first, real* room,
                                          real* partial) {
  halve<8>(pair, 16);
  halve<4>(pair, 8);
  halve<2>(pair, 4);
  const int lane = static_cast<int>(threadIdx.x) & 31;
  const int count = 16 << layout.outs;
  real* of_warp = room + (threadIdx.x >> 5) * count;
  // Bits 16, 8 and 4 of the lane are bits 8, 4 and 2 of the number in the pair that it has now.
  if (layout.outs == 2) {
    of_warp[lane >> 4 << 4 | (lane >> 3 & 1) << 3 | (lane >> 2 & 1) << 2 | (lane & 3)] = pair[0];
    of_warp[32 | lane >> 4 << 4 | (lane >> 3 & 1) << 3 | (lane >> 2 & 1) << 2 | (lane & 3)] =
        pair[1];
  } else {
    halve<1>(pair, 2);
    if (layout.outs == 1) {
      of_warp[lane] = pair[0];
    } else {
      pair[0] += __shfl_xor_sync(0xffffffffu, pair[0], 1);
      if ((lane & 1) == 0) of_warp[lane >> 1] = pair[0];
    }
  }
  __syncthreads();
  const int t = static_cast<int>(threadIdx.x);
  if (t >= count) return;
  real sum = 0;
  for (int warp = 0; warp < kWarps; ++warp) sum += room[warp * count + t];
  const int out = t & ((1 << layout.outs) - 1);
  const int number = layout.outs == 2 ? (t >> 2 & 7) << 1 | t >> 5 : t >> layout.outs;
  const std::int64_t to = share.first + (out << 2) + (number >> 2);
  const std::int64_t from = first + (number & 3);
  if (to < job.to && from < job.from) partial[to * job.from + from] += sum;
}

/// What a block makes of its tiles, tile by tile. kRows: own rows of a thread.
template <int kRows, bool kSum, bool kGradW>
__global__ void __launch_bounds__(kTileThreads)
    cheb_tiles_kernel(CsrTilesView l, Job job, Layout layout) {
  FGCN_DYNAMIC_SHARED(real, term);
  real* weights = term + layout.weights;
  const Share share(layout);
  const int log_width = layout.samples + layout.quads;
  const std::int64_t pairs = job.from * job.to;
  real* partial = job.partial + blockIdx.x * job.terms * pairs;
  if constexpr (kGradW) {
    const std::int64_t left = job.to - share.first, most = std::int64_t{4} << layout.outs;
    const std::int64_t count = (left < most ? left : most) * job.from;
    for (std::int64_t k = 0; k < job.terms; ++k)
      for (std::int64_t i = threadIdx.x; i < count; i += kTileThreads)
        partial[k * pairs + share.first * job.from + i] = 0;
  }
  const std::int64_t last = job.units * (blockIdx.x + 1) / gridDim.x;
  for (std::int64_t u = job.units * blockIdx.x / gridDim.x; u < last; ++u) {
    const Unit unit = unit_at(l, job, layout, u);
    Quad x[kGradW ? kRows : 1], sum[kSum ? kRows : 1];
    if constexpr (kGradW) read_own(job, layout, unit, share, term, x);
    if constexpr (kSum) {
#pragma unroll
      for (int r = 0; r < kRows; ++r) sum[r] = {};
    }
    for (std::int64_t first = 0; first < job.from; first += 4 << layout.quads) {
      __syncthreads();
      read_chunk(job, layout, unit, first, term);
      if constexpr (kSum) read_weights(job, layout, first, weights);
      __syncthreads();
      const std::int64_t left = (job.from - first + 3) / 4;
      const int quads = left < 1 << layout.quads ? static_cast<int>(left) : 1 << layout.quads;
      Quad before[kPlaces];
      for (int k = 0;; ++k) {
        for (int q = 0; q < quads; ++q) {
          Quad w[4];
          if constexpr (kSum) {
            const real* from = weights + ((k << layout.quads) + q) * (16 << layout.outs);
#pragma unroll
            for (int j = 0; j < 4; ++j) w[j] = load<4>(from + ((j << layout.outs) + share.out) * 4);
          }
          real pair[16] = {};
#pragma unroll
          for (int r = 0; r < kRows; ++r) {
            const int row = share.row + r * share.step;
            if (row >= unit.own) continue;
            const Quad t =
                load<4>(term + place_of(row, (share.sample << layout.quads) + q, log_width));
#pragma unroll
            for (int a = 0; a < 4; ++a)
#pragma unroll
              for (int j = 0; j < 4; ++j) {
                if constexpr (kSum) sum[r].of[a] += t.of[j] * w[j].of[a];
                if constexpr (kGradW) pair[a * 4 + j] += x[r].of[a] * t.of[j];
              }
          }
          if constexpr (kGradW)
            sum_pairs(pair, job, layout, share, first + q * 4,
                      term + layout.room + (((k << layout.quads) + q) & 1) * (kWarps * 16 << layout.outs),
                      partial + k * pairs);
        }
        if (k == job.terms - 1) break;
        // The next term, on one ring less.
        const int rows = unit.end[l.rings - 1 - k];
        const real alpha = k == 0 ? real(1) : real(2);
        Quad next[kPlaces];
#pragma unroll
        for (int p = 0; p < kPlaces; ++p) {
          const int i = static_cast<int>(threadIdx.x + p * kTileThreads);
          const int row = i >> log_width, quad = i & ((1 << log_width) - 1);
          if (row >= rows) continue;
          const std::uint32_t slice = unit.slice[row / CsrTilesView::kSliceRows];
          std::int64_t at = static_cast<std::int64_t>(slice >> CsrTilesView::kPairBits) *
                                CsrTilesView::kSliceRows +
                            row % CsrTilesView::kSliceRows;
          Quad product = {};
          for (unsigned n = slice & ((1u << CsrTilesView::kPairBits) - 1); n > 0; --n) {
            const std::uint32_t columns = l.column[at];
            const Lanes<2> value = load<2>(l.value + 2 * at);
            const Quad one =
                load<4>(term + place_of(static_cast<int>(columns & 0xffff), quad, log_width));
            const Quad two =
                load<4>(term + place_of(static_cast<int>(columns >> 16), quad, log_width));
#pragma unroll
            for (int c = 0; c < 4; ++c)
              product.of[c] += value.of[0] * one.of[c] + value.of[1] * two.of[c];
            at += CsrTilesView::kSliceRows;
          }
          const Quad now = load<4>(term + place_of(row, quad, log_width));
#pragma unroll
          for (int c = 0; c < 4; ++c) {
            next[p].of[c] = alpha * product.of[c];
            if (k > 0) next[p].of[c] -= before[p].of[c];
          }
          before[p] = now;
        }
        __syncthreads();
#pragma unroll
        for (int p = 0; p < kPlaces; ++p) {
          const int i = static_cast<int>(threadIdx.x + p * kTileThreads);
          const int row = i >> log_width;
          if (row < rows)
            store(term + place_of(row, i & ((1 << log_width) - 1), log_width), next[p]);
        }
        __syncthreads();
      }
    }
    if constexpr (kSum) write_own(job, layout, unit, share, term, sum);
    if constexpr (kSum || kGradW) __syncthreads();
  }
}

constexpr unsigned kTotalWidth = 32, kTotalRows = 8;

/// A block for 32 places, eight threads for each.
__global__ void cheb_total_kernel(const real* partial, std::int64_t pieces, std::int64_t size,
                                  real* sum) {
  __shared__ double room[kTotalRows][kTotalWidth];
  const unsigned column = threadIdx.x % kTotalWidth, row = threadIdx.x / kTotalWidth;
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kTotalWidth + column;
  double total = 0;
  for (std::int64_t p = row; i < size && p < pieces; p += kTotalRows)
    total += static_cast<double>(partial[p * size + i]);
  room[row][column] = total;
  __syncthreads();
  if (row != 0 || i >= size) return;
  for (unsigned r = 1; r < kTotalRows; ++r) total += room[r][column];
  sum[i] = static_cast<real>(total);
}

void add_up(const Context& ctx, const real* partial, std::int64_t pieces, std::int64_t size,
            real* sum) {
  launch(ctx, "cheb_total",
         one_block_each((size + kTotalWidth - 1) / kTotalWidth, kTotalWidth * kTotalRows),
         cheb_total_kernel, partial, pieces, size, sum);
}

/// The least n with 2^n >= quads of so many channels, at most 2.
int log_quads(std::int64_t channels) {
  return channels > 8 ? 2 : channels > 4 ? 1 : 0;
}

using TilesKernel = void (*)(CsrTilesView, Job, Layout);

template <int kRows>
TilesKernel kernel_of(bool sum, bool grad_w) {
  if (!grad_w) return cheb_tiles_kernel<kRows, true, false>;
  return sum ? cheb_tiles_kernel<kRows, true, true> : cheb_tiles_kernel<kRows, false, true>;
}

bool by_tiles(const Context& ctx, const CsrView& l, const TermsOf& terms) {
  if (l.tiles == nullptr) return false;
  const CsrTilesView* tiles = l.tiles->find(ctx, terms.terms - 1);
  if (tiles == nullptr) return false;
  const bool sums = terms.w != nullptr, grads = terms.grad_w != nullptr;
  const std::int64_t samples = terms.g.dim(1), from = terms.g.dim(2);
  const std::int64_t to = sums ? terms.sum.dim(2) : terms.x.dim(2);

  Layout layout{0, log_quads(from), log_quads(to), 0, 0};
  while (layout.samples + layout.quads < 2 && layout.samples + layout.outs < 3 &&
         1 << layout.samples < samples)
    ++layout.samples;
  const std::int64_t tile_quads =
      std::max(tiles->most_local << (layout.samples + layout.quads),
               tiles->most_own << (layout.samples + layout.outs));
  const std::int64_t weight_reals = sums ? terms.terms << (4 + layout.quads + layout.outs) : 0;
  const std::int64_t room_reals = grads ? std::int64_t{2 * kWarps * 16} << layout.outs : 0;
  const auto bytes =
      static_cast<std::size_t>(tile_quads * 4 + weight_reals + room_reals) * sizeof(real);
  if (bytes > kMostShared) return false;
  layout.weights = static_cast<int>(tile_quads * 4);
  layout.room = static_cast<int>(tile_quads * 4 + weight_reals);

  const std::int64_t sample_groups = ((samples - 1) >> layout.samples) + 1;
  const std::int64_t out_groups = ((to - 1) >> (layout.outs + 2)) + 1;
  const std::int64_t units = tiles->tiles * sample_groups;
  const std::int64_t blocks =
      grads ? std::min(units, std::max<std::int64_t>(1, kMostPartials / out_groups)) : units;
  const Scratch<real> partial(ctx, grads ? blocks * terms.terms * from * to : 0);
  const bool as_given = terms.side == ChebWeights::kAsGiven;
  const Job job{samples,
                from,
                to,
                terms.terms,
                terms.g.data,
                terms.w,
                as_given ? to : 1,
                as_given ? 1 : from,
                terms.x.data,
                terms.sum.data,
                partial.data(),
                from % 4 == 0 && in_pieces(terms.g.data),
                to % 4 == 0 && in_pieces(terms.sum.data) && in_pieces(terms.x.data),
                units,
                Divider(sample_groups)};
  // Own rows of a thread: kMostOwn over the threads that share a quad.
  const int rows = layout.samples + layout.outs;
  const TilesKernel kernel = rows < 2   ? kernel_of<1>(sums, grads)
                             : rows < 3 ? kernel_of<2>(sums, grads)
                                        : kernel_of<4>(sums, grads);
  FGCN_CHECK(blocks <= kMaxGrid && out_groups <= 0xffff, "cheb_conv: too large for one launch");
  launch(ctx, "cheb_tiles",
         LaunchShape{{static_cast<unsigned>(blocks), static_cast<unsigned>(out_groups)},
                     {kTileThreads},
                     bytes},
         kernel, *tiles, job, layout);
  if (grads) add_up(ctx, partial.data(), blocks, terms.terms * from * to, terms.grad_w);
  return true;
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
