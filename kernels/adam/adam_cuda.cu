#include "kernels/adam/adam_math.h"
#include "kernels/core/launch.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

constexpr std::int64_t kSegment = 4096;  // elements summed by one block
constexpr unsigned kThreads = 256;

/// Element i of the gradient.
FGCN_HD real gradient_at(const AdamGradient& grad, std::int64_t i) {
  if (!grad.low_rank()) return grad.stored[i];
  const std::int64_t out = grad.grad_y.dim(1);
  real sum = 0;
  for (std::int64_t n = 0; n < grad.x.dim(0); ++n)
    sum += grad.x(n, i / out) * grad.grad_y(n, i % out);
  return sum;
}

/// partial[b] = sum over segment b of (grad + l2 w)^2, a tree over the block's threads.
__global__ void adam_square_kernel(const real* w, std::int64_t size, AdamGradient grad, double l2,
                                   double* partial) {
  __shared__ double sums[kThreads];
  const std::int64_t begin = static_cast<std::int64_t>(blockIdx.x) * kSegment;
  const std::int64_t end = begin + kSegment < size ? begin + kSegment : size;
  double sum = 0;
  for (std::int64_t i = begin + threadIdx.x; i < end; i += blockDim.x) {
    const double g = static_cast<double>(gradient_at(grad, i)) + l2 * static_cast<double>(w[i]);
    sum += g * g;
  }
  sums[threadIdx.x] = sum;
  __syncthreads();
  for (unsigned step = kThreads / 2; step > 0; step /= 2) {
    if (threadIdx.x < step) sums[threadIdx.x] += sums[threadIdx.x + step];
    __syncthreads();
  }
  if (threadIdx.x == 0) partial[blockIdx.x] = sums[0];
}

__global__ void adam_total_kernel(const double* partial, std::int64_t pieces, double* total) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i > 0) return;
  double sum = 0;
  for (std::int64_t p = 0; p < pieces; ++p) sum += partial[p];
  *total = sum;
}

__global__ void adam_update_kernel(AdamFactors factors, AdamState state, AdamGradient grad,
                                   std::int64_t size) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= size) return;
  adam_element(factors, gradient_at(grad, i), state.w[i], state.m[i], state.v[i]);
  if (state.mean.data != nullptr) adam_mean(factors, state.w[i], state.mean[i]);
}

void adam_square(const Context& ctx, double l2, View<const real> w, const AdamGradient& grad,
                 double* square) {
  const std::int64_t pieces = (w.size() + kSegment - 1) / kSegment;
  const Scratch<double> partial(ctx, pieces);
  const Scratch<double> total(ctx, 1);
  launch(ctx, "adam_square", one_block_each(pieces, kThreads), adam_square_kernel, w.data, w.size(),
         grad, l2, partial.data());
  launch(ctx, "adam_total", one_thread_each(1, 32), adam_total_kernel, partial.data(), pieces,
         total.data());
  ctx.runtime().download(square, total.data(), sizeof(double));
}

void adam_update(const Context& ctx, const AdamFactors& factors, const AdamState& state,
                 const AdamGradient& grad) {
  launch(ctx, "adam_update", one_thread_each(state.w.size()), adam_update_kernel, factors, state,
         grad, state.w.size());
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
