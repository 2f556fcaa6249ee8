#include <cmath>

#include "kernels/bias_elu/bias_elu.h"
#include "kernels/gpu/elements.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

constexpr std::int64_t kSegment = 256;  // rows summed by one thread

/// One thread per piece of a row.
template <int kN>
__global__ void bias_elu_kernel(const real* x, const real* b, real* y, Divider pieces_of_row,
                                std::int64_t pieces) {
  const std::int64_t i = thread_number();
  if (i >= pieces) return;
  Lanes<kN> v = load<kN>(x + i * kN);
  const Lanes<kN> bias = load<kN>(b + pieces_of_row.split(i).remainder * kN);
  for (int k = 0; k < kN; ++k) {
    const real t = v.of[k] + bias.of[k];
    v.of[k] = t > 0 ? t : std::expm1(t);
  }
  store(y + i * kN, v);
}

void bias_elu(const Context& ctx, View<const real> x, View<const real> b, View<real> y) {
  const bool in_lanes =
      in_pieces(x.data) && in_pieces(b.data) && in_pieces(y.data) && whole_pieces(b.size());
  const int lanes = in_lanes ? kLanes : 1;
  launch(ctx, "bias_elu", one_thread_each(y.size() / lanes),
         in_lanes ? bias_elu_kernel<kLanes> : bias_elu_kernel<1>, x.data, b.data, y.data,
         Divider(b.size() / lanes), y.size() / lanes);
}

/// One thread per channel of a segment of rows: neighbors hold neighboring channels.
__global__ void bias_elu_backward_kernel(const real* y, const real* grad_y, real* grad_x,
                                         std::int64_t rows, Divider by_channels,
                                         std::int64_t channels, double* partial,
                                         std::int64_t pieces) {
  const std::int64_t i = thread_number();
  if (i >= pieces * channels) return;
  const Split split = by_channels.split(i);
  const std::int64_t begin = split.quotient * kSegment;
  const std::int64_t end = begin + kSegment < rows ? begin + kSegment : rows;
  double sum = 0;
  for (std::int64_t r = begin; r < end; ++r) {
    const std::int64_t at = r * channels + split.remainder;
    const real grad = grad_y[at] * (y[at] > 0 ? real(1) : real(1) + y[at]);
    grad_x[at] = grad;
    sum += static_cast<double>(grad);
  }
  partial[i] = sum;
}

__global__ void bias_elu_total_kernel(const double* partial, std::int64_t pieces, real* grad_b,
                                      std::int64_t channels) {
  const std::int64_t c = thread_number();
  if (c >= channels) return;
  double sum = 0;
  for (std::int64_t p = 0; p < pieces; ++p) sum += partial[p * channels + c];
  grad_b[c] = static_cast<real>(sum);
}

void bias_elu_backward(const Context& ctx, View<const real> y, View<const real> grad_y,
                       View<real> grad_x, View<real> grad_b) {
  const std::int64_t channels = grad_b.size(), rows = y.size() / channels;
  const std::int64_t pieces = (rows + kSegment - 1) / kSegment;
  const DeviceScratch<double> partial(ctx, pieces * channels);
  launch(ctx, "bias_elu_backward", one_thread_each(pieces * channels), bias_elu_backward_kernel,
         y.data, grad_y.data, grad_x.data, rows, Divider(channels), channels, partial.data(),
         pieces);
  launch(ctx, "bias_elu_total", one_thread_each(channels), bias_elu_total_kernel, partial.data(),
         pieces, grad_b.data, channels);
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
