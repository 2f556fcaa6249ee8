#include <cmath>

#include "kernels/bias_elu/bias_elu.h"
#include "kernels/core/launch.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

constexpr std::int64_t kSegment = 256;  // rows summed by one thread

__global__ void bias_elu_kernel(View<const real> x, View<const real> b, View<real> y) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= y.size()) return;
  const real t = x[i] + b[i % b.size()];
  y[i] = t > 0 ? t : std::expm1(t);
}

void bias_elu(const Context& ctx, View<const real> x, View<const real> b, View<real> y) {
  launch(ctx, "bias_elu", one_thread_each(y.size()), bias_elu_kernel, x, b, y);
}

/// One thread a channel of a segment of rows: neighbours hold neighbouring channels.
__global__ void bias_elu_backward_kernel(View<const real> y, View<const real> grad_y,
                                         View<real> grad_x, std::int64_t channels, double* partial,
                                         std::int64_t pieces) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= pieces * channels) return;
  const std::int64_t c = i % channels;
  const std::int64_t rows = y.size() / channels;
  const std::int64_t begin = i / channels * kSegment;
  const std::int64_t end = begin + kSegment < rows ? begin + kSegment : rows;
  double sum = 0;
  for (std::int64_t r = begin; r < end; ++r) {
    const std::int64_t at = r * channels + c;
    const real grad = grad_y[at] * (y[at] > 0 ? real(1) : real(1) + y[at]);
    grad_x[at] = grad;
    sum += static_cast<double>(grad);
  }
  partial[i] = sum;
}

__global__ void bias_elu_total_kernel(const double* partial, std::int64_t pieces,
                                      View<real> grad_b) {
  const std::int64_t c = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (c >= grad_b.size()) return;
  double sum = 0;
  for (std::int64_t p = 0; p < pieces; ++p) sum += partial[p * grad_b.size() + c];
  grad_b[c] = static_cast<real>(sum);
}

void bias_elu_backward(const Context& ctx, View<const real> y, View<const real> grad_y,
                       View<real> grad_x, View<real> grad_b) {
  const std::int64_t channels = grad_b.size();
  const std::int64_t pieces = (y.size() / channels + kSegment - 1) / kSegment;
  const Scratch<double> partial(ctx, pieces * channels);
  launch(ctx, "bias_elu_backward", one_thread_each(pieces * channels), bias_elu_backward_kernel, y,
         grad_y, grad_x, channels, partial.data(), pieces);
  launch(ctx, "bias_elu_total", one_thread_each(channels), bias_elu_total_kernel, partial.data(),
         pieces, grad_b);
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
