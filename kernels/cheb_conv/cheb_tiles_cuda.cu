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
constexpr int kPlaceRows = kTileThreads / 4;  // between them: whole slices
constexpr int kPlaces = CsrTiles::kMostLocal / kPlaceRows;
/// Shared memory that every GPU from sm_75 on gives a block.
constexpr std::size_t kMostShared = 64 << 10;
/// Blocks that sum grad_w, each over its share of the tiles: enough for any GPU, and few enough
/// that their sums are little beside what the layer reads.
constexpr std::int64_t kMostPartials = 256;

using Quad = Lanes<4>;
constexpr int kSliceRows = CsrTilesView::kSliceRows;
constexpr int kRowReals = CsrTilesView::kRowBytes / static_cast<int>(sizeof(real));

/// How a block's threads and its shared memory are shared out. Powers of two.
struct Layout {
  int samples;  // log2 of samples of a block
  int quads;    // of quads of g's channels of a sample in a chunk; samples + quads <= 2
  int outs;     // of quads of the sum's channels of a block; samples + outs <= 3
  int weights;  // where the weights begin in shared memory
  int room;     // where the room for sums begins
};

/// The numbers fit into 32 bits, as registers are scarce here; by_tiles checks it.
struct Job {
  int samples, from, to;  // N, R, A
  int terms;
  const real* g;
  const real* w;
  int w_from, w_to;  // steps of W_k along R and A
  const real* x;
  real* sum;
  real* partial;  // [blocks, K, A, R]
  bool from_in_quads, to_in_quads;
  int units;
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
struct Unit {
  const std::int32_t* end;  // Tile::end
  int row, slice;           // where the tile's begin
  int first_sample;
  int own, local;
};

__device__ __forceinline__ Unit unit_at(const CsrTilesView& l, const Job& job, const Layout& layout,
                                        int number) {
  const int tile_number = number / job.sample_groups;
  const std::int32_t* tile = l.tile + tile_number * (l.rings + 3);
  return {tile + 2,
          tile[0],
          tile[1],
          (number - tile_number * job.sample_groups) << layout.samples,
          tile[2],
          tile[2 + l.rings]};
}

/// Element `i` of an array [rows, samples, 4 << log_quads] of a block, of which the channels from
/// `first` on are read or written: where it lies in the whole array [V, N, channels]; -1 for
/// padding.
__device__ __forceinline__ std::int64_t element_of(const CsrTilesView& l, const Unit& unit,
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
__device__ __forceinline__ void read_chunk(const CsrTilesView& l, const Job& job, const Layout& layout, const Unit& unit,
                                           int first, real* term) {
  const int log_width = layout.samples + layout.quads;
  if (job.from_in_quads) {
    for (int i = threadIdx.x; i < unit.local << log_width; i += kTileThreads) {
      const std::int64_t at = element_of(l, unit, job.samples, job.from, first, layout.samples,
                                         layout.quads, i << 2);
      const Quad value = at < 0 ? Quad{} : load<4>(job.g + at);
      store(quad_of(term, i >> log_width, i & ((1 << log_width) - 1)), value);
    }
    return;
  }
  for (int i = threadIdx.x; i < unit.local << (log_width + 2); i += kTileThreads) {
    const std::int64_t at =
        element_of(l, unit, job.samples, job.from, first, layout.samples, layout.quads, i);
    const int quad = i >> 2;
    quad_of(term, quad >> log_width, quad & ((1 << log_width) - 1))[i & 3] =
        at < 0 ? real(0) : job.g[at];
  }
}

/// The weights of all terms for one chunk and the block's channels of the sum, zeros beyond: as
/// [K, quads, 4 of R, outs, 4 of A].
__device__ __forceinline__ void read_weights(const Job& job, const Layout& layout,
                                             int first, real* weights) {
  const int log_row = layout.outs + 2, log_term = log_row + 2 + layout.quads;
  for (int i = threadIdx.x; i < job.terms << log_term; i += kTileThreads) {
    const int k = i >> log_term;
    const int from = first + (i >> log_row & ((4 << layout.quads) - 1));
    const int to = (static_cast<int>(blockIdx.y) << log_row) + (i & ((1 << log_row) - 1));
    const bool there = from < job.from && to < job.to;
    weights[i] = there ? job.w[k * job.from * job.to + from * job.w_from + to * job.w_to] : real(0);
  }
}

/// The block's threads as the product sees them: each has one quad of the sum's channels of one
/// sample, and every `step`-th own row.
struct Share {
  int out, sample, row, step;
  int first;  // channel of the block's first quad

  __device__ __forceinline__ explicit Share(const Layout& layout) {
    const int thread = static_cast<int>(threadIdx.x);
    out = thread & ((1 << layout.outs) - 1);
    sample = thread >> layout.outs & ((1 << layout.samples) - 1);
    row = thread >> (layout.outs + layout.samples);
    step = static_cast<int>(kTileThreads) >> (layout.outs + layout.samples);
    first = static_cast<int>(blockIdx.y) << (layout.outs + 2);
  }
  /// Of this thread's quad in an array [rows, samples, outs, 4].
  __device__ __forceinline__ int quad(const Layout& layout, int r) const {
    return ((row + r * step) << (layout.samples + layout.outs)) + (sample << layout.outs) + out;
  }
};

/// x of this thread's rows. By way of shared memory where its rows are no whole quads.
template <int kRows>
__device__ __forceinline__ void read_own(const CsrTilesView& l, const Job& job, const Layout& layout, const Unit& unit,
                                         const Share& share, real* shared, Quad (&x)[kRows]) {
  if (!job.to_in_quads) {
    __syncthreads();
    for (int i = threadIdx.x; i < unit.own << (layout.samples + layout.outs + 2);
         i += kTileThreads) {
      const std::int64_t at = element_of(l, unit, job.samples, job.to, share.first, layout.samples,
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
      const std::int64_t at = element_of(l, unit, job.samples, job.to, share.first, layout.samples,
                                         layout.outs, i);
      if (at >= 0) x[r] = load<4>(job.x + at);
    } else {
      x[r] = load<4>(shared + i);
    }
  }
}

/// The other way.
template <int kRows>
__device__ __forceinline__ void write_own(const CsrTilesView& l, const Job& job, const Layout& layout, const Unit& unit,
                                          const Share& share, real* shared,
                                          const Quad (&sum)[kRows]) {
  if (!job.to_in_quads) __syncthreads();
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    if (share.row + r * share.step >= unit.own) continue;
    const int i = share.quad(layout, r) << 2;
    if (job.to_in_quads) {
      const std::int64_t at = element_of(l, unit, job.samples, job.to, share.first, layout.samples,
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
    const std::int64_t at = element_of(l, unit, job.samples, job.to, share.first, layout.samples,
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
                                          const Share& share, int first, real* room,
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
  const int to = share.first + (out << 2) + (number >> 2);
  const int from = first + (number & 3);
  if (to < job.to && from < job.from) partial[to * job.from + from] += sum;
}

/// The first unit of a block.
__device__ __forceinline__ int share_begin(int units, unsigned block) {
  return static_cast<int>(static_cast<std::int64_t>(units) * block / gridDim.x);
}

/// What a block makes of its tiles, tile by tile. kRows: own rows of a thread.
template <int kRows, bool kSum, bool kGradW>
__global__ void __launch_bounds__(kTileThreads)
    cheb_tiles_kernel(CsrTilesView l, Job job, Layout layout) {
  FGCN_DYNAMIC_SHARED(real, term);
  real* weights = term + layout.weights;
  const Share share(layout);
  // This thread's places in a term: a quad of every kPlaceRows-th row. (In a narrow layer some
  // threads have nothing to do here; steps that the compiler knows save registers.)
  const int own_row = static_cast<int>(threadIdx.x) >> 2;
  const int own_quad = static_cast<int>(threadIdx.x) & 3;
  const bool has_place = own_quad < 1 << (layout.samples + layout.quads);
  real* own = quad_of(term, own_row, own_quad);
  const int pairs = job.from * job.to;
  real* partial = job.partial + static_cast<std::int64_t>(blockIdx.x) * job.terms * pairs;
  if constexpr (kGradW) {
    const int left = job.to - share.first, most = 4 << layout.outs;
    const int count = (left < most ? left : most) * job.from;
    for (int k = 0; k < job.terms; ++k)
      for (int i = static_cast<int>(threadIdx.x); i < count; i += kTileThreads)
        partial[k * pairs + share.first * job.from + i] = 0;
  }
  const int last = share_begin(job.units, blockIdx.x + 1);
  for (int u = share_begin(job.units, blockIdx.x); u < last; ++u) {
    const Unit unit = unit_at(l, job, layout, u);
    Quad x[kGradW ? kRows : 1], sum[kSum ? kRows : 1];
    if constexpr (kGradW) read_own(l, job, layout, unit, share, term, x);
    if constexpr (kSum) {
#pragma unroll
      for (int r = 0; r < kRows; ++r) sum[r] = {};
    }
    for (int first = 0; first < job.from; first += 4 << layout.quads) {
      __syncthreads();
      read_chunk(l, job, layout, unit, first, term);
      if constexpr (kSum) read_weights(job, layout, first, weights);
      __syncthreads();
      const int left = (job.from - first + 3) >> 2;
      const int quads = left < 1 << layout.quads ? left : 1 << layout.quads;
      Quad before[kPlaces] = {};
      for (int k = 0;; ++k) {
        for (int q = 0; q < quads; ++q) {
          const real* from = quad_of(term, share.row, (share.sample << layout.quads) + q);
          const int from_step = share.step * kRowReals;
          if constexpr (kSum) {
            Quad w[4];
            const real* of_term = weights + ((k << layout.quads) + q) * (16 << layout.outs);
#pragma unroll
            for (int j = 0; j < 4; ++j)
              w[j] = load<4>(of_term + ((j << layout.outs) + share.out) * 4);
#pragma unroll
            for (int r = 0; r < kRows; ++r) {
              if (share.row + r * share.step >= unit.own) continue;
              const Quad t = load<4>(from + r * from_step);
#pragma unroll
              for (int a = 0; a < 4; ++a)
#pragma unroll
                for (int j = 0; j < 4; ++j) sum[r].of[a] += t.of[j] * w[j].of[a];
            }
          }
          // In a loop of its own: both at once take more registers than there are.
          if constexpr (kGradW) {
            real pair[16] = {};
#pragma unroll
            for (int r = 0; r < kRows; ++r) {
              if (share.row + r * share.step >= unit.own) continue;
              const Quad t = load<4>(from + r * from_step);
#pragma unroll
              for (int a = 0; a < 4; ++a)
#pragma unroll
                for (int j = 0; j < 4; ++j) pair[a * 4 + j] += x[r].of[a] * t.of[j];
            }
            const int turn = ((k << layout.quads) + q) & 1;
            sum_pairs(pair, job, layout, share, first + q * 4,
                      term + layout.room + turn * (kWarps * 16 << layout.outs),
                      partial + k * pairs);
          }
        }
        if (k == job.terms - 1) break;
        // The next term, on one ring less.
        const int rows = has_place ? unit.end[l.rings - 1 - k] : 0;
        const real alpha = k == 0 ? real(1) : real(2);
        Quad next[kPlaces];
#pragma unroll
        for (int p = 0; p < kPlaces; ++p) {
          if (own_row + p * kPlaceRows >= rows) continue;
          const std::uint32_t slice = l.slice[unit.slice + (own_row + p * kPlaceRows) / kSliceRows];
          const unsigned at = (slice >> CsrTilesView::kPairBits) * kSliceRows + own_row % kSliceRows;
          const std::uint32_t* column = l.column + at;
          const real* value = l.value + 2 * at;
          Quad product = {};
#pragma unroll 1
          for (unsigned n = slice & ((1u << CsrTilesView::kPairBits) - 1); n > 0; --n) {
            const Lanes<2> v = load<2>(value);
            const Quad one = load<4>(at_place(term, *column & 0xffff, own_quad));
            const Quad two = load<4>(at_place(term, *column >> 16, own_quad));
#pragma unroll
            for (int c = 0; c < 4; ++c) product.of[c] += v.of[0] * one.of[c] + v.of[1] * two.of[c];
            column += kSliceRows;
            value += 2 * kSliceRows;
          }
          const Quad now = load<4>(own + p * kPlaceRows * kRowReals);
#pragma unroll
          for (int c = 0; c < 4; ++c) {
            next[p].of[c] = alpha * product.of[c] - before[p].of[c];
          }
          before[p] = now;
        }
        __syncthreads();
#pragma unroll
        for (int p = 0; p < kPlaces; ++p)
          if (own_row + p * kPlaceRows < rows) store(own + p * kPlaceRows * kRowReals, next[p]);
        __syncthreads();
      }
    }
    if constexpr (kSum) write_own(l, job, layout, unit, share, term, sum);
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
      std::max<std::int64_t>(tiles->most_local * kRowReals / 4, tiles->most_own << (layout.samples + layout.outs));
  const std::int64_t weight_reals = sums ? terms.terms << (4 + layout.quads + layout.outs) : 0;
  const std::int64_t room_reals = grads ? std::int64_t{2 * kWarps * 16} << layout.outs : 0;
  const auto bytes =
      static_cast<std::size_t>(tile_quads * 4 + weight_reals + room_reals) * sizeof(real);
  if (bytes > kMostShared) return false;
  layout.weights = static_cast<int>(tile_quads * 4);
  layout.room = static_cast<int>(tile_quads * 4 + weight_reals);

  const std::int64_t sample_groups = ((samples - 1) >> layout.samples) + 1;
  const std::int64_t out_groups = ((to - 1) >> (layout.outs + 2)) + 1;
  const std::int64_t units = sample_groups * tiles->tiles;
  const std::int64_t blocks =
      grads ? std::min(units, std::max<std::int64_t>(1, kMostPartials / out_groups)) : units;
  const Scratch<real> partial(ctx, grads ? blocks * terms.terms * from * to : 0);
  const bool as_given = terms.side == ChebWeights::kAsGiven;
  FGCN_CHECK(units <= kMaxGrid && out_groups <= 0xffff && terms.terms * from * to <= kMaxGrid,
             "cheb_conv: ", samples, " samples, ", from, " and ", to,
             " channels are too many for one launch");
  const auto number = [](std::int64_t value) { return static_cast<int>(value); };
  const Job job{.samples = number(samples),
                .from = number(from),
                .to = number(to),
                .terms = number(terms.terms),
                .g = terms.g.data,
                .w = terms.w,
                .w_from = number(as_given ? to : 1),
                .w_to = number(as_given ? 1 : from),
                .x = terms.x.data,
                .sum = terms.sum.data,
                .partial = partial.data(),
                .from_in_quads = from % 4 == 0 && in_pieces(terms.g.data),
                .to_in_quads =
                    to % 4 == 0 && in_pieces(terms.sum.data) && in_pieces(terms.x.data),
                .units = number(units),
                .sample_groups = number(sample_groups)};
  // Own rows of a thread: kMostOwn over the threads that share a quad.
  const int rows = layout.samples + layout.outs;
  const TilesKernel kernel = rows < 2   ? kernel_of<1>(sums, grads)
                             : rows < 3 ? kernel_of<2>(sums, grads)
                                        : kernel_of<3>(sums, grads);
  launch(ctx, "cheb_tiles",
         LaunchShape{{static_cast<unsigned>(blocks), static_cast<unsigned>(out_groups)},
                     {kTileThreads},
                     bytes},
         kernel, *tiles, job, layout);
  if (grads) add_up(ctx, partial.data(), blocks, terms.terms * from * to, terms.grad_w);
  return true;
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
