#include "kernels/cheb_conv/cheb_conv.h"
#include "kernels/cheb_conv/cheb_tiles.h"
#include "kernels/gpu/divider.h"
#include "kernels/runtime/launch.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

/// (vertex, sample) rows of a block: their features lie in shared memory between the recurrence
/// and the product.
constexpr int kRows = 16;
constexpr int kThreads = 128;
/// Rows summed by one thread of a weight gradient.
constexpr std::int64_t kSegment = 256;

/// The weights of one term.
struct TermWeights {
  const real* data;
  Transpose transpose_w;
  bool
      shared;  // kept in shared memory: read once per block, in an order that does not matter there
};
/// The most shared memory that weights may take; larger ones are read where they lie.
constexpr std::size_t kSharedWeights = 24 << 10;

/// Length of a row in shared memory, such that 16 elements of a column lie in different banks.
template <class T>
FGCN_HD constexpr T padded(T length) {
  return length % 4 == 0 ? length + 1 : length;
}

/// W [in, out] as the product reads it.
struct StagedWeights {
  const real* data;
  std::int64_t in_step, out_step;

  FGCN_HD real operator()(std::int64_t i, std::int64_t o) const {
    return data[i * in_step + o * out_step];
  }
};

struct Sizes {
  std::int64_t rows;  // V * N
  std::int64_t samples;
  std::int64_t in, out;
  Divider by_samples;

  Sizes(const Shape& x, std::int64_t columns)
      : rows(x[0] * x[1]), samples(x[1]), in(x[2]), out(columns), by_samples(x[1]) {
    constexpr std::int64_t kMost = std::int64_t{1} << 26;  // kernels count a block's with int
    FGCN_CHECK(in < kMost && out < kMost, "cheb_conv: ", in, " channels to ", out);
  }
};

/// By all threads of the block; a barrier has to follow.
__device__ __forceinline__ StagedWeights stage(const TermWeights& w, int in, int out, real* to) {
  const bool plain_w = w.transpose_w == Transpose::kNo;
  if (!w.shared) return {w.data, plain_w ? out : 1, plain_w ? 1 : in};
  const int width = plain_w ? out : in;
#pragma unroll 1
  for (int k = static_cast<int>(threadIdx.x); k < in * out; k += kThreads) {
    const int row = k / width, column = k % width;
    const int i = plain_w ? row : column, o = plain_w ? column : row;
    to[i * padded(out) + o] = w.data[k];
  }
  return {to, padded(out), 1};
}

/// alpha L previous - before at one element of row `row` = (vertex, sample); before may be null.
__device__ __forceinline__ real recurrence(const CsrView& l, const Sizes& size, int channels,
                                           std::int64_t row, int c, real alpha,
                                           const real* previous, const real* before) {
  const Split at = size.by_samples.split(row);  // vertex, sample
  real sum = 0;
  for (std::int32_t e = l.row_begin[at.quotient]; e < l.row_begin[at.quotient + 1]; ++e)
    sum += l.value[e] * previous[(l.col[e] * size.samples + at.remainder) * channels + c];
  const real value = alpha * sum;
  return before == nullptr ? value : value - before[row * channels + c];
}

/// One element of a row of features, in shared memory, times the weights.
__device__ __forceinline__ real product(const real* row, const StagedWeights& weights, int in,
                                        int o) {
  real sum = 0;
  int c = 0;
  do sum += row[c] * weights(c, o);
  while (++c < in);  // there is at least one channel
  return sum;
}

/// Rows of a block from its first on.
__device__ __forceinline__ int rows_of_block(const Sizes& size, std::int64_t first) {
  return size.rows - first < kRows ? static_cast<int>(size.rows - first) : kRows;
}

/// One term of the basis and its share of y, fused: term = alpha L previous - before, y (+)= term
/// W. Without `previous` the term is x itself, which is not stored again. Neighbouring threads hold
/// neighbouring channels. `out` may be 0: no product.
__global__ void cheb_basis_kernel(CsrView l, Sizes size, real alpha, const real* x,
                                  const real* previous, const real* before, real* term,
                                  TermWeights w, real* y, std::int64_t add) {
  FGCN_DYNAMIC_SHARED(real, rows);  // [kRows, padded(in)], then the weights
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * kRows;
  const int count = rows_of_block(size, first), pitch = static_cast<int>(padded(size.in));
  const int in = static_cast<int>(size.in), out = static_cast<int>(size.out);
  const StagedWeights weights = stage(w, in, out, rows + kRows * pitch);
#pragma unroll 1
  for (int i = static_cast<int>(threadIdx.x); i < count * in; i += kThreads) {
    const int row = i / in, c = i % in;
    real& to = rows[row * pitch + c];
    if (previous == nullptr) {
      to = x[first * in + i];
    } else {
      const real value = recurrence(l, size, in, first + row, c, alpha, previous, before);
      to = value;
      term[first * in + i] = value;
    }
  }
  __syncthreads();
#pragma unroll 1
  for (int i = static_cast<int>(threadIdx.x); i < count * out; i += kThreads) {
    const int row = i / out, o = i % out;
    const real sum = product(rows + row * pitch, weights, in, o);
    real& to = y[first * out + i];
    to = add != 0 ? to + sum : sum;
  }
}

/// One step of Clenshaw's recurrence, fused with the projection of x:
/// y = x W + alpha L previous - before; previous and before may be null.
__global__ void cheb_clenshaw_kernel(CsrView l, Sizes size, real alpha, const real* x,
                                     const real* previous, const real* before, TermWeights w,
                                     real* y) {
  FGCN_DYNAMIC_SHARED(real, rows);  // [kRows, padded(in)], then the weights
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * kRows;
  const int count = rows_of_block(size, first), pitch = static_cast<int>(padded(size.in));
  const int in = static_cast<int>(size.in), out = static_cast<int>(size.out);
  const StagedWeights weights = stage(w, in, out, rows + kRows * pitch);
#pragma unroll 1
  for (int i = static_cast<int>(threadIdx.x); i < count * in; i += kThreads)
    rows[i / in * pitch + i % in] = x[first * in + i];
  __syncthreads();
#pragma unroll 1
  for (int i = static_cast<int>(threadIdx.x); i < count * out; i += kThreads) {
    const int row = i / out, o = i % out;
    real sum = product(rows + row * pitch, weights, in, o);
    if (previous != nullptr)
      sum += recurrence(l, size, out, first + row, o, alpha, previous, before);
    y[first * out + i] = sum;
  }
}

/// partial[s, i, o] = sum over the rows of segment s of left[row, i] right[row, o].
__global__ void cheb_outer_kernel(const real* left, const real* right, Sizes size, real* partial,
                                  std::int64_t pieces) {
  const std::int64_t t = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (t >= pieces * size.in * size.out) return;
  const std::int64_t o = t % size.out;
  const std::int64_t i = t / size.out % size.in;
  const std::int64_t begin = t / size.out / size.in * kSegment;
  const std::int64_t end = begin + kSegment < size.rows ? begin + kSegment : size.rows;
  real sum = 0;
  for (std::int64_t row = begin; row < end; ++row)
    sum += left[row * size.in + i] * right[row * size.out + o];
  partial[t] = sum;
}

/// Three terms that follow each other; term t may overwrite term t - 3.
class Turns {
 public:
  Turns(const Context& ctx, std::int64_t size) : a_(ctx, size), b_(ctx, size), c_(ctx, size) {}
  real* of(std::int64_t t) const {
    return t % 3 == 0 ? a_.data() : (t % 3 == 1 ? b_.data() : c_.data());
  }

 private:
  DeviceScratch<real> a_, b_, c_;
};

/// Arrays that a block keeps in shared memory.
struct BlockMemory {
  std::size_t bytes;  // of the features
  bool weights;       // these too: `bytes` holds both

  explicit BlockMemory(const Sizes& size) : bytes(of_reals(kRows * padded(size.in))) {
    constexpr std::size_t kWithoutAsking = 48 << 10;
    const std::size_t more = of_reals(size.in * padded(size.out));
    weights = more <= kSharedWeights && bytes + more <= kWithoutAsking;
    if (weights) bytes += more;
  }
  static std::size_t of_reals(std::int64_t count) {
    return static_cast<std::size_t>(count) * sizeof(real);
  }
};

LaunchShape blocks_of_rows(const Sizes& size) {
  return one_block_each((size.rows + kRows - 1) / kRows, kThreads, BlockMemory(size).bytes);
}

void by_clenshaw(const Context& ctx, const CsrView& l, View<const real> x, View<const real> w,
                 Transpose transpose_w, View<real> y) {
  const std::int64_t terms = w.dim(0);
  const Sizes size(x.shape, y.dim(2));
  const Turns turns(ctx, y.size());
  for (std::int64_t t = 0; t < terms; ++t) {
    const bool last = t == terms - 1;
    const TermWeights weights{w.data + (terms - 1 - t) * size.in * size.out, transpose_w,
                              BlockMemory(size).weights};
    const real* previous = t == 0 ? nullptr : turns.of(t - 1);
    const real* before = t < 2 ? nullptr : turns.of(t - 2);
    launch(ctx, "cheb_clenshaw", blocks_of_rows(size), cheb_clenshaw_kernel, l, size,
           last ? real(1) : real(2), x.data, previous, before, weights,
           last ? y.data : turns.of(t));
  }
}

/// Walks T_t(L) x; the product with the weights goes to y where there is one; `visit(t, term)`
/// sees each term in memory.
template <class Visit>
void by_basis(const Context& ctx, const CsrView& l, View<const real> x, std::int64_t terms,
              const real* w, Transpose transpose_w, View<real> y, const Visit& visit) {
  const Sizes size(x.shape, y.data == nullptr ? 0 : y.dim(2));
  const Turns turns(ctx, x.size());
  const auto term = [&](std::int64_t t) -> const real* {
    return t < 0 ? nullptr : (t == 0 ? x.data : turns.of(t));
  };
  for (std::int64_t t = 0; t < terms; ++t) {
    const TermWeights weights{w + t * size.in * size.out, transpose_w, BlockMemory(size).weights};
    real* out = t == 0 ? nullptr : turns.of(t);
    if (t > 0 || size.out > 0)
      launch(ctx, "cheb_basis", blocks_of_rows(size), cheb_basis_kernel, l, size,
             t == 1 ? real(1) : real(2), x.data, term(t - 1), term(t - 2), out, weights, y.data,
             std::int64_t{t > 0});
    visit(t, term(t));
  }
}

void cheb_conv(const Context& ctx, const CsrView& l, View<const real> x, View<const real> w,
               Transpose transpose_w, View<real> y) {
  if (by_tiles(ctx, l,
               {.terms = w.dim(0), .g = x, .w = w.data, .transpose_w = transpose_w, .sum = y}))
    return;
  if (y.dim(2) < x.dim(2)) return by_clenshaw(ctx, l, x, w, transpose_w, y);
  by_basis(ctx, l, x, w.dim(0), w.data, transpose_w, y, [](std::int64_t, const real*) {});
}

/// grad_w, and grad_x where its view is not empty, by the terms of grad_y.
void by_grad_basis(const Context& ctx, const CsrView& l, View<const real> x, const real* w,
                   View<const real> grad_y, View<real> grad_x, View<real> grad_w) {
  const Sizes size(x.shape, grad_y.dim(2));
  const std::int64_t pieces = (size.rows + kSegment - 1) / kSegment;
  const std::int64_t pairs = size.in * size.out;
  const DeviceScratch<real> partial(ctx, pieces * pairs);
  by_basis(ctx, l, grad_y, grad_w.dim(0), w, Transpose::kYes, grad_x,
           [&](std::int64_t t, const real* term) {
             launch(ctx, "cheb_outer", one_thread_each(pieces * pairs), cheb_outer_kernel, x.data,
                    term, size, partial.data(), pieces);
             add_up(ctx, partial.data(), pieces, pairs, grad_w.data + t * pairs);
           });
}

void cheb_weight_grad(const Context& ctx, const CsrView& l, View<const real> x,
                      View<const real> grad_y, View<real> grad_w) {
  if (by_tiles(ctx, l, {.terms = grad_w.dim(0), .g = grad_y, .x = x, .grad_w = grad_w.data}))
    return;
  by_grad_basis(ctx, l, x, nullptr, grad_y, {}, grad_w);
}

void cheb_backward(const Context& ctx, const CsrView& l, View<const real> x, View<const real> w,
                   View<const real> grad_y, View<real> grad_x, View<real> grad_w) {
  if (by_tiles(ctx, l,
               {.terms = w.dim(0),
                .g = grad_y,
                .w = w.data,
                .transpose_w = Transpose::kYes,
                .sum = grad_x,
                .x = x,
                .grad_w = grad_w.data}))
    return;
  by_grad_basis(ctx, l, x, w.data, grad_y, grad_x, grad_w);
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
