#include "kernels/adam/adam_math.h"
#include "kernels/core/launch.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

constexpr std::int64_t kSegment = 4096;  // elements summed by one block
constexpr unsigned kThreads = 256;

/// The gradient of the weights as the kernels read it: stored, or of low rank.
struct GradientView {
  const real* stored;
  const real* x;       // [N, I]
  const real* grad_y;  // [N, O]
  std::int64_t rank, in, out;

  FGCN_HD real operator()(std::int64_t i) const {
    if (stored != nullptr) return stored[i];
    real sum = 0;
    for (std::int64_t n = 0; n < rank; ++n) sum += x[n * in + i / out] * grad_y[n * out + i % out];
    return sum;
  }
};

/// partial[b] = sum over segment b of (grad + l2 w)^2, a tree over the block's threads.
__global__ void adam_square_kernel(View<const real> w, GradientView grad, double l2,
                                   double* partial) {
  __shared__ double sums[kThreads];
  const std::int64_t begin = static_cast<std::int64_t>(blockIdx.x) * kSegment;
  const std::int64_t end = begin + kSegment < w.size() ? begin + kSegment : w.size();
  double sum = 0;
  for (std::int64_t i = begin + threadIdx.x; i < end; i += blockDim.x) {
    const double g = static_cast<double>(grad(i)) + l2 * static_cast<double>(w[i]);
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

__global__ void adam_update_kernel(AdamFactors factors, View<real> w, View<real> m, View<real> v,
                                   GradientView grad) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= w.size()) return;
  adam_element(factors, grad(i), w[i], m[i], v[i]);
}

void square_of(const Context& ctx, double l2, View<const real> w, const GradientView& grad,
               double* square) {
  const std::int64_t pieces = (w.size() + kSegment - 1) / kSegment;
  const Scratch<double> partial(ctx, pieces);
  const Scratch<double> total(ctx, 1);
  launch(ctx, "adam_square", one_block_each(pieces, kThreads), adam_square_kernel, w, grad, l2,
         partial.data());
  launch(ctx, "adam_total", one_thread_each(1, 32), adam_total_kernel, partial.data(), pieces,
         total.data());
  ctx.runtime().download(square, total.data(), sizeof(double));
}

GradientView stored(View<const real> grad) { return {grad.data, nullptr, nullptr, 0, 0, 0}; }
GradientView low_rank(View<const real> x, View<const real> grad_y) {
  return {nullptr, x.data, grad_y.data, x.dim(0), x.dim(1), grad_y.dim(1)};
}

void adam_square(const Context& ctx, double l2, View<const real> w, View<const real> grad,
                 double* square) {
  square_of(ctx, l2, w, stored(grad), square);
}

void adam_update(const Context& ctx, const AdamFactors& factors, View<real> w, View<real> m,
                 View<real> v, View<const real> grad) {
  launch(ctx, "adam_update", one_thread_each(w.size()), adam_update_kernel, factors, w, m, v,
         stored(grad));
}

void adam_low_rank_square(const Context& ctx, double l2, View<const real> w, View<const real> x,
                          View<const real> grad_y, double* square) {
  square_of(ctx, l2, w, low_rank(x, grad_y), square);
}

void adam_low_rank_update(const Context& ctx, const AdamFactors& factors, View<real> w,
                          View<real> m, View<real> v, View<const real> x, View<const real> grad_y) {
  launch(ctx, "adam_update", one_thread_each(w.size()), adam_update_kernel, factors, w, m, v,
         low_rank(x, grad_y));
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
