// All tensors of a step go through the same few kernels: their addresses travel as arguments.
#include <algorithm>

#include "kernels/adam/adam_math.h"
#include "kernels/gpu/elements.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

constexpr std::int64_t kSegment = 4096;  // elements of one tensor that one block sums or updates
constexpr unsigned kThreads = 256;
constexpr std::int64_t kMostTensors = 24;  // of one launch: its arguments stay below 4 KB

/// A tensor as the kernels see it.
struct AdamPiece {
  real *w, *m, *v, *mean;
  const real *stored, *x, *grad_y;
  std::int64_t size, in, out, rank;
  Divider by_out;
  double l2;
  bool in_lanes;  // its elements are moved in 16-byte pieces
};

struct AdamPieces {
  AdamPiece tensor[kMostTensors];
  std::int64_t first_segment[kMostTensors + 1];  // of each, in the grid
  int count;
};

/// Elements [i, i + kN) of the gradient, of one row.
template <int kN>
__device__ __forceinline__ Lanes<kN> gradient_at(const AdamPiece& t, std::int64_t i) {
  if (t.rank == 0) return load<kN>(t.stored + i);
  const Split at = t.by_out.split(i);
  Lanes<kN> sum = {};
  for (std::int64_t n = 0; n < t.rank; ++n) {
    const real factor = t.x[n * t.in + at.quotient];
    const Lanes<kN> row = load<kN>(t.grad_y + n * t.out + at.remainder);
    for (int k = 0; k < kN; ++k) sum.of[k] += factor * row.of[k];
  }
  return sum;
}

/// The tensor of a block.
__device__ int tensor_of(const AdamPieces& pieces, std::int64_t segment) {
  int k = 0;
  while (k + 1 < pieces.count && segment >= pieces.first_segment[k + 1]) ++k;
  return k;
}

/// The sum of a block's threads, in all of them: a tree.
__device__ double block_total(double sum, double* sums) {
  sums[threadIdx.x] = sum;
  __syncthreads();
  for (unsigned step = kThreads / 2; step > 0; step /= 2) {
    if (threadIdx.x < step) sums[threadIdx.x] += sums[threadIdx.x + step];
    __syncthreads();
  }
  return sums[0];
}

/// The sum over a thread's elements of (grad + l2 w)^2. Without the L2 term w is not read.
template <int kN>
__device__ __forceinline__ double square_of_thread(const AdamPiece& t, std::int64_t begin,
                                                   std::int64_t end) {
  double sum = 0;
  for (std::int64_t i = begin + threadIdx.x * kN; i < end; i += kThreads * kN) {
    const Lanes<kN> grad = gradient_at<kN>(t, i);
    Lanes<kN> w = {};
    if (t.l2 != 0) w = load<kN>(t.w + i);
    for (int k = 0; k < kN; ++k) {
      const double g = static_cast<double>(grad.of[k]) + t.l2 * static_cast<double>(w.of[k]);
      sum += g * g;
    }
  }
  return sum;
}

/// partial[b] = sum over segment b of (grad + l2 w)^2.
__global__ void adam_square_kernel(AdamPieces pieces, double* partial) {
  __shared__ double sums[kThreads];
  const std::int64_t segment = blockIdx.x;
  const int k = tensor_of(pieces, segment);
  const AdamPiece& t = pieces.tensor[k];
  const std::int64_t begin = (segment - pieces.first_segment[k]) * kSegment;
  const std::int64_t end = begin + kSegment < t.size ? begin + kSegment : t.size;
  const double sum =
      t.in_lanes ? square_of_thread<kLanes>(t, begin, end) : square_of_thread<1>(t, begin, end);
  const double total = block_total(sum, sums);
  if (threadIdx.x == 0) partial[segment] = total;
}

/// squares[k] = sum of the partial sums of tensor k, one block each.
__global__ void adam_total_kernel(AdamPieces pieces, const double* partial, double* squares) {
  __shared__ double sums[kThreads];
  const int k = static_cast<int>(blockIdx.x);
  double sum = 0;
#pragma unroll 1  // a tensor of a million elements is one term a thread
  for (std::int64_t p = pieces.first_segment[k] + threadIdx.x; p < pieces.first_segment[k + 1];
       p += kThreads)
    sum += partial[p];
  const double total = block_total(sum, sums);
  if (threadIdx.x == 0) squares[k] = total;
}

/// One thread: the first tensor that is not finite is named whatever the order.
__global__ void adam_scale_kernel(double clip_norm, std::int64_t count, AdamRecord record) {
  if (blockIdx.x != 0 || threadIdx.x != 0) return;
#pragma unroll 1
  for (std::int64_t i = 0; i < count; ++i) {
    const double square = record.squares[i];
    record.scales[i] = adam_scale(clip_norm, square);
    if (*record.bad == 0 && !adam_is_finite(square)) *record.bad = static_cast<std::int32_t>(i + 1);
  }
}

template <int kN>
__device__ __forceinline__ void update_of_thread(const AdamPiece& t, std::int64_t begin,
                                                 std::int64_t end, const AdamFactors& factors,
                                                 real scale) {
  const auto l2 = static_cast<real>(t.l2);
  for (std::int64_t i = begin + threadIdx.x * kN; i < end; i += kThreads * kN) {
    const Lanes<kN> grad = gradient_at<kN>(t, i);
    Lanes<kN> w = load<kN>(t.w + i), m = load<kN>(t.m + i), v = load<kN>(t.v + i);
    for (int k = 0; k < kN; ++k)
      adam_element(factors, scale, l2, grad.of[k], w.of[k], m.of[k], v.of[k]);
    store(t.w + i, w);
    store(t.m + i, m);
    store(t.v + i, v);
    if (t.mean == nullptr) continue;
    Lanes<kN> mean = load<kN>(t.mean + i);
    for (int k = 0; k < kN; ++k) adam_mean(factors, w.of[k], mean.of[k]);
    store(t.mean + i, mean);
  }
}

/// Segments from the last to the first: what the norms read last is still in the second-level cache
/// when this begins.
__global__ void adam_update_kernel(AdamPieces pieces, const real* scales, AdamRecord record) {
  if (*record.bad != 0) return;
  const std::int64_t segment = static_cast<std::int64_t>(gridDim.x) - 1 - blockIdx.x;
  const int k = tensor_of(pieces, segment);
  const AdamPiece& t = pieces.tensor[k];
  const std::int64_t begin = (segment - pieces.first_segment[k]) * kSegment;
  const std::int64_t end = begin + kSegment < t.size ? begin + kSegment : t.size;
  const AdamFactors factors = *record.factors;
  if (t.in_lanes) {
    update_of_thread<kLanes>(t, begin, end, factors, scales[k]);
  } else {
    update_of_thread<1>(t, begin, end, factors, scales[k]);
  }
}

namespace {

AdamPiece piece_of(const AdamTensor& tensor) {
  const AdamState& state = tensor.state;
  const AdamGradient& grad = tensor.grad;
  AdamPiece out = {state.w.data,
                   state.m.data,
                   state.v.data,
                   state.mean.data,
                   grad.stored.data,
                   grad.x.data,
                   grad.grad_y.data,
                   state.w.size(),
                   0,
                   0,
                   0,
                   Divider(),
                   tensor.l2,
                   whole_pieces(state.w.size())};
  const auto aligned = [](auto... arrays) { return (in_pieces(arrays) && ...); };
  out.in_lanes = out.in_lanes && aligned(out.w, out.m, out.v, out.mean, out.stored, out.grad_y);
  if (grad.low_rank()) {
    out.rank = grad.x.dim(0);
    out.in = grad.x.dim(1);
    out.out = grad.grad_y.dim(1);
    if (out.out > 0) out.by_out = Divider(out.out);
    out.in_lanes = out.in_lanes && whole_pieces(out.out);
  }
  return out;
}

AdamPieces pieces_of(std::span<const AdamTensor> tensors) {
  AdamPieces out = {};
  for (const AdamTensor& tensor : tensors) {
    const AdamPiece piece = piece_of(tensor);
    out.first_segment[out.count + 1] =
        out.first_segment[out.count] + (piece.size + kSegment - 1) / kSegment;
    out.tensor[out.count++] = piece;
  }
  return out;
}

/// Calls back with each group that fits into one launch, and the place of its first tensor.
template <class Body>
void for_each_group(std::span<const AdamTensor> tensors, bool backwards, const Body& body) {
  const auto count = static_cast<std::int64_t>(tensors.size());
  const std::int64_t groups = (count + kMostTensors - 1) / kMostTensors;
  for (std::int64_t g = 0; g < groups; ++g) {
    const std::int64_t first = (backwards ? groups - 1 - g : g) * kMostTensors;
    const std::int64_t some = std::min(kMostTensors, count - first);
    body(
        pieces_of(tensors.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(some))),
        first);
  }
}

}  // namespace

void adam_squares(const Context& ctx, std::span<const AdamTensor> tensors, double* squares) {
  for_each_group(tensors, false, [&](const AdamPieces& pieces, std::int64_t first) {
    const std::int64_t segments = pieces.first_segment[pieces.count];
    const DeviceScratch<double> partial(ctx, segments);
    launch(ctx, "adam_square", one_block_each(segments, kThreads), adam_square_kernel, pieces,
           partial.data());
    launch(ctx, "adam_total", one_block_each(pieces.count, kThreads), adam_total_kernel, pieces,
           partial.data(), squares + first);
  });
}

void adam_scales(const Context& ctx, double clip_norm, std::int64_t count,
                 const AdamRecord& record) {
  launch(ctx, "adam_scale", one_thread_each(1, 32), adam_scale_kernel, clip_norm, count, record);
}

void adam_update(const Context& ctx, std::span<const AdamTensor> tensors,
                 const AdamRecord& record) {
  for_each_group(tensors, true, [&](const AdamPieces& pieces, std::int64_t first) {
    launch(ctx, "adam_update", one_block_each(pieces.first_segment[pieces.count], kThreads),
           adam_update_kernel, pieces, record.scales + first, record);
  });
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
