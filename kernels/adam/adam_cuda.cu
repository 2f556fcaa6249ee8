// All tensors of a step go through the same few kernels: their addresses travel as arguments.
#include <algorithm>

#include "kernels/adam/adam_math.h"
#include "kernels/core/divider.h"
#include "kernels/core/launch.h"

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
};

struct AdamPieces {
  AdamPiece tensor[kMostTensors];
  std::int64_t first_segment[kMostTensors + 1];  // of each, in the grid
  int count;
};

/// Element i of the gradient.
__device__ real gradient_at(const AdamPiece& t, std::int64_t i) {
  if (t.rank == 0) return t.stored[i];
  const Split at = t.by_out.split(i);
  real sum = 0;
  for (std::int64_t n = 0; n < t.rank; ++n)
    sum += t.x[n * t.in + at.quotient] * t.grad_y[n * t.out + at.remainder];
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

/// partial[b] = sum over segment b of (grad + l2 w)^2.
__global__ void adam_square_kernel(AdamPieces pieces, double* partial) {
  __shared__ double sums[kThreads];
  const std::int64_t segment = blockIdx.x;
  const int k = tensor_of(pieces, segment);
  const AdamPiece& t = pieces.tensor[k];
  const std::int64_t begin = (segment - pieces.first_segment[k]) * kSegment;
  const std::int64_t end = begin + kSegment < t.size ? begin + kSegment : t.size;
  double sum = 0;
  for (std::int64_t i = begin + threadIdx.x; i < end; i += kThreads) {
    const double g = static_cast<double>(gradient_at(t, i)) + t.l2 * static_cast<double>(t.w[i]);
    sum += g * g;
  }
  const double total = block_total(sum, sums);
  if (threadIdx.x == 0) partial[segment] = total;
}

/// squares[k] = sum of the partial sums of tensor k, one block each.
__global__ void adam_total_kernel(AdamPieces pieces, const double* partial, double* squares) {
  __shared__ double sums[kThreads];
  const int k = static_cast<int>(blockIdx.x);
  double sum = 0;
  for (std::int64_t p = pieces.first_segment[k] + threadIdx.x; p < pieces.first_segment[k + 1];
       p += kThreads)
    sum += partial[p];
  const double total = block_total(sum, sums);
  if (threadIdx.x == 0) squares[k] = total;
}

/// One thread: the first tensor that is not finite is named whatever the order.
__global__ void adam_scale_kernel(double clip_norm, std::int64_t count, AdamRecord record) {
  if (blockIdx.x != 0 || threadIdx.x != 0) return;
  for (std::int64_t i = 0; i < count; ++i) {
    const double square = record.squares[i];
    record.scales[i] = adam_scale(clip_norm, square);
    if (*record.bad == 0 && !adam_is_finite(square)) *record.bad = static_cast<std::int32_t>(i + 1);
  }
}

__global__ void adam_update_kernel(AdamPieces pieces, const real* scales, AdamRecord record) {
  if (*record.bad != 0) return;
  const std::int64_t segment = blockIdx.x;
  const int k = tensor_of(pieces, segment);
  const AdamPiece& t = pieces.tensor[k];
  const std::int64_t begin = (segment - pieces.first_segment[k]) * kSegment;
  const std::int64_t end = begin + kSegment < t.size ? begin + kSegment : t.size;
  const AdamFactors factors = *record.factors;
  const real scale = scales[k];
  const auto l2 = static_cast<real>(t.l2);
  for (std::int64_t i = begin + threadIdx.x; i < end; i += kThreads) {
    real w = t.w[i], m = t.m[i], v = t.v[i];
    adam_element(factors, scale, l2, gradient_at(t, i), w, m, v);
    t.w[i] = w;
    t.m[i] = m;
    t.v[i] = v;
    if (t.mean == nullptr) continue;
    real mean = t.mean[i];
    adam_mean(factors, w, mean);
    t.mean[i] = mean;
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
                   tensor.l2};
  if (grad.low_rank()) {
    out.rank = grad.x.dim(0);
    out.in = grad.x.dim(1);
    out.out = grad.grad_y.dim(1);
    if (out.out > 0) out.by_out = Divider(out.out);
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
void for_each_group(std::span<const AdamTensor> tensors, const Body& body) {
  const auto count = static_cast<std::int64_t>(tensors.size());
  for (std::int64_t first = 0; first < count; first += kMostTensors) {
    const std::int64_t some = std::min(kMostTensors, count - first);
    body(
        pieces_of(tensors.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(some))),
        first);
  }
}

}  // namespace

void adam_squares(const Context& ctx, std::span<const AdamTensor> tensors, double* squares) {
  for_each_group(tensors, [&](const AdamPieces& pieces, std::int64_t first) {
    const std::int64_t segments = pieces.first_segment[pieces.count];
    const Scratch<double> partial(ctx, segments);
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
  for_each_group(tensors, [&](const AdamPieces& pieces, std::int64_t first) {
    launch(ctx, "adam_update", one_block_each(pieces.first_segment[pieces.count], kThreads),
           adam_update_kernel, pieces, record.scales + first, record);
  });
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
