#include <algorithm>

#include "kernels/cheb_conv/cheb_tiles.h"
#include "kernels/cheb_conv/pair_sums.h"
#include "kernels/cheb_conv/tile_block.h"

// One block holds a term on a tile and its rings in shared memory, a chunk of channels at a time.
// Each product with L needs one ring less, so that after the last one the own rows are right. Every
// term is multiplied with its weights where it lies; sums stay in registers until the end. Memory
// sees the input, the output and the tiles' copy of L.
//
// A chunk is up to four quads of channels beside each other: of one sample, or of two or four
// samples where the layer is narrow, so that a row is read as one run of up to 64 bytes.
//
// Terms are always those of g, also where the sum has fewer channels: Clenshaw's recurrence on
// g W_k would need g on every ring for every term, and memory sees the same either way.

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

/// Rows between two places of a thread in a term: whole slices.
constexpr int kPlaceRows = kTileThreads / 4;
constexpr int kPlaces = CsrTiles::kMostLocal / kPlaceRows;
/// Own rows of a thread in the product, where a quad of the sum has the fewest threads.
constexpr int kMostRows = CsrTiles::kMostOwn * 8 / static_cast<int>(kTileThreads);
static_assert(CsrTiles::kMostOwn % 64 == 0 && CsrTiles::kMostOwn <= 256 &&
              CsrTiles::kMostLocal % kPlaceRows == 0);
/// Shared memory that every GPU from sm_75 on gives a block.
constexpr std::size_t kMostShared = 64 << 10;
/// Blocks that sum grad_w, each over its share of the tiles: enough for any GPU, and few enough
/// that their sums are little beside what the layer reads.
constexpr std::int64_t kMostPartials = 256;

/// The first unit of a block.
__device__ __forceinline__ int share_begin(int units, unsigned block) {
  return static_cast<int>(static_cast<std::int64_t>(units) * block / gridDim.x);
}

/// A block works on its tiles, tile by tile. kRows: own rows of a thread.
template <int kRows, bool kSum, bool kGradW>
__global__ void __launch_bounds__(kTileThreads, 1)
    cheb_tiles_kernel(CsrTilesView l, TileJob job, TileLayout layout, PairOrder order) {
  FGCN_DYNAMIC_SHARED(real, term);
  real* weights = term + layout.weights;
  const ProductShare share(layout);
  // This thread's places in a term: a quad of every kPlaceRows-th row. (In a narrow layer some
  // threads have nothing to do here; steps that the compiler knows save registers.)
  const int own_row = static_cast<int>(threadIdx.x) >> 2;
  const int own_quad = static_cast<int>(threadIdx.x) & 3;
  const bool has_place = own_quad < 1 << (layout.samples + layout.quads);
  real* own = quad_of(term, own_row, own_quad);
  real* partial = job.partial;
  if constexpr (kGradW) {
    partial += static_cast<std::int64_t>(blockIdx.x) * job.terms * order.of_term() +
               blockIdx.y * order.of_block();
#pragma unroll 1
    for (int i = static_cast<int>(threadIdx.x); i < job.terms * order.quads() * order.of_block();
         i += kTileThreads)
      partial[(i >> (4 + order.outs)) * order.out_blocks * order.of_block() +
              (i & (order.of_block() - 1))] = 0;
  }
  const int last = share_begin(job.units, blockIdx.x + 1);
  const int begin = share_begin(job.units, blockIdx.x);
  for (int u = begin; u < last; ++u) {
    const TileUnit unit = unit_at(l, job, layout, u);
    // NOLINTNEXTLINE(bugprone-branch-clone): kRows may be 1
    Quad x[kGradW ? kRows : 1], sum[kSum ? kRows : 1];
    if constexpr (kGradW) read_own(l, job, layout, unit, share, term, x);
    if constexpr (kSum) {
#pragma unroll
      for (int r = 0; r < kRows; ++r) sum[r] = {};
    }
    for (int first = 0; first < job.from; first += 4 << layout.quads) {
      __syncthreads();
      read_chunk(l, job, layout, unit, first, term);
      if constexpr (kSum) {
        if (u == begin || job.from > 4 << layout.quads) read_weights(job, layout, first, weights);
      }
      __syncthreads();
      const int left = (job.from - first + 3) >> 2;
      const int quads = left < 1 << layout.quads ? left : 1 << layout.quads;
      Quad other[kPlaces] = {};  // at this thread's places: the term before, or the next one
#pragma unroll 1
      for (int k = 0;; ++k) {
#pragma unroll 1
        for (int q = 0; q < quads; ++q) {
          const real* from = quad_of(term, share.row, (share.sample << layout.quads) + q);
          const int from_step = share.step * kRowReals;
          if constexpr (kSum) {
            Quad w[4];
            const int pitch = weights_pitch(layout);
            const real* of_term = weights + ((k << layout.quads) + q) * 4 * pitch + share.out * 4;
#pragma unroll
            for (int j = 0; j < 4; ++j) w[j] = load<4>(of_term + j * pitch);
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
            // Rooms take turns; between two terms there are barriers.
            sum_pairs(pair, order, term + layout.room + (q & 1) * (kTileWarps * order.of_block()),
                      partial + (k * order.quads() + (first >> 2) + q) * order.out_blocks *
                                    order.of_block());
          }
        }
        if (k == job.terms - 1) break;
        // The next term, on one ring less.
        const int rows = has_place ? unit.end[l.rings - 1 - k] : 0;
        const real alpha = k == 0 ? real(1) : real(2);
#pragma unroll
        for (int p = 0; p < kPlaces; ++p) {
          if (own_row + p * kPlaceRows >= rows) continue;
          const std::uint32_t slice = l.slice[unit.slice + (own_row + p * kPlaceRows) / kSliceRows];
          const unsigned at =
              (slice >> CsrTilesView::kPairBits) * kSliceRows + own_row % kSliceRows;
          const std::uint32_t* column = l.column + at;
          const real* value = l.value + 2 * at;
          Quad product = {};
#pragma unroll 2
          for (unsigned n = slice & ((1u << CsrTilesView::kPairBits) - 1); n > 0; --n) {
            const std::uint32_t columns = *column;
            const Lanes<2> v = load<2>(value);
            const Quad one = load<4>(at_place(term, columns & 0xffff, own_quad));
            const Quad two = load<4>(at_place(term, columns >> 16, own_quad));
#pragma unroll
            for (int c = 0; c < 4; ++c) product.of[c] += v.of[0] * one.of[c] + v.of[1] * two.of[c];
            column += kSliceRows;
            value += 2 * kSliceRows;
          }
#pragma unroll
          for (int c = 0; c < 4; ++c) other[p].of[c] = alpha * product.of[c] - other[p].of[c];
        }
        __syncthreads();
#pragma unroll
        for (int p = 0; p < kPlaces; ++p) {
          if (own_row + p * kPlaceRows >= rows) continue;
          real* place = own + p * kPlaceRows * kRowReals;
          const Quad now = load<4>(place);
          store_shared(place, other[p]);
          other[p] = now;
        }
        __syncthreads();
      }
    }
    if constexpr (kSum) write_own(l, job, layout, unit, share, term, sum);
  }
}

constexpr unsigned kTotalWidth = 32, kTotalRows = 8;

/// A block for 32 numbers, eight threads for each. Where `order` has channels, the numbers are in
/// that order.
__global__ void cheb_add_up_kernel(const real* partial, std::int64_t pieces, std::int64_t size,
                                   PairOrder order, real* sum) {
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
  const std::int64_t place = order.from == 0 ? i : order.place(static_cast<int>(i));
  if (place >= 0) sum[place] = static_cast<real>(total);
}

void add_up(const Context& ctx, const real* partial, std::int64_t pieces, std::int64_t size,
            const PairOrder& order, real* sum) {
  launch(ctx, "cheb_add_up",
         one_block_each((size + kTotalWidth - 1) / kTotalWidth, kTotalWidth * kTotalRows),
         cheb_add_up_kernel, partial, pieces, size, order, sum);
}
void add_up(const Context& ctx, const real* partial, std::int64_t pieces, std::int64_t size,
            real* sum) {
  add_up(ctx, partial, pieces, size, PairOrder{}, sum);
}

/// The least n with 2^n >= quads of so many channels, at most 2.
int log_quads(std::int64_t channels) { return channels > 8 ? 2 : channels > 4 ? 1 : 0; }

using TilesKernel = void (*)(CsrTilesView, TileJob, TileLayout, PairOrder);

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

  TileLayout layout{0, log_quads(from), log_quads(to), 0, 0};
  while (layout.samples + layout.quads < 2 && layout.samples + layout.outs < 3 &&
         1 << layout.samples < samples)
    ++layout.samples;
  const std::int64_t tile_quads = std::max<std::int64_t>(
      tiles->most_local * kRowReals / 4, tiles->most_own << (layout.samples + layout.outs));
  const std::int64_t weight_reals =
      sums ? (terms.terms << (2 + layout.quads)) * weights_pitch(layout) : 0;
  const std::int64_t room_reals = grads ? std::int64_t{2 * kTileWarps * 16} << layout.outs : 0;
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
  if (units > kMaxGrid || out_groups > 0xffff || terms.terms * (from + 4) * (to + 16) > kMaxGrid)
    return false;
  const auto number = [](std::int64_t value) { return static_cast<int>(value); };
  const PairOrder order{layout.outs, number(out_groups), number(from), number(to)};
  const std::int64_t pairs = terms.terms * order.of_term();
  const DeviceScratch<real> partial(ctx, grads ? blocks * pairs : 0);
  const TileJob job{
      .samples = number(samples),
      .from = number(from),
      .to = number(to),
      .terms = number(terms.terms),
      .g = terms.g.data,
      .w = terms.w,
      .plain_w = terms.transpose_w == Transpose::kNo,
      .x = terms.x.data,
      .sum = terms.sum.data,
      .partial = partial.data(),
      .from_in_quads = from % 4 == 0 && in_pieces(terms.g.data),
      .to_in_quads = to % 4 == 0 && in_pieces(terms.sum.data) && in_pieces(terms.x.data),
      .units = number(units),
      .sample_groups = number(sample_groups)};
  // Own rows of a thread: kMostOwn over the threads that share a quad.
  const int rows = layout.samples + layout.outs;
  const TilesKernel kernel = rows < 2   ? kernel_of<1>(sums, grads)
                             : rows < 3 ? kernel_of<2>(sums, grads)
                                        : kernel_of<kMostRows>(sums, grads);
  launch(ctx, "cheb_tiles",
         LaunchShape{{static_cast<unsigned>(blocks), static_cast<unsigned>(out_groups)},
                     {kTileThreads},
                     bytes},
         kernel, *tiles, job, layout, order);
  if (grads) add_up(ctx, partial.data(), blocks, pairs, order, terms.grad_w);
  return true;
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
