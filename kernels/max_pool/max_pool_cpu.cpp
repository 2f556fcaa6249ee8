// Channels lie side by side, so the inner loops run over them and become vector instructions.
#include <algorithm>

#include "kernels/max_pool/max_pool_math.h"

namespace fgcn::kernels::cpu {
namespace {

int threads_for(const Context& ctx, std::int64_t numbers) {
  return numbers < 16384 ? 1 : ctx.threads();
}

PoolRange windows_of(std::int64_t in, std::int64_t count, const MaxPoolOptions& options) {
  const std::int64_t distance = in + options.pad;
  return windows_of_pixel(distance, distance / options.stride,
                          (distance - options.window) / options.stride, count, options);
}

}  // namespace

void max_pool(const Context& ctx, const MaxPoolOptions& options, View<const real> x, View<real> y,
              View<std::int32_t> place) {
  const std::int64_t height = x.dim(1), width = x.dim(2), channels = x.dim(3);
  const int threads = threads_for(ctx, y.size());
#pragma omp parallel for num_threads(threads)
  for (std::int64_t row = 0; row < y.dim(0) * y.dim(1); ++row) {
    const std::int64_t n = row / y.dim(1);
    const PoolRange rows = pixels_of_window(row % y.dim(1), height, options);
    for (std::int64_t ow = 0; ow < y.dim(2); ++ow) {
      const PoolRange cols = pixels_of_window(ow, width, options);
      real* best = y.data + (row * y.dim(2) + ow) * channels;
      std::int32_t* at = place.data + (row * y.dim(2) + ow) * channels;
      std::copy_n(&x(n, rows.begin, cols.begin, 0), channels, best);
      std::fill_n(at, channels, static_cast<std::int32_t>(rows.begin * width + cols.begin));
      for (std::int64_t h = rows.begin; h < rows.end; ++h)
        for (std::int64_t w = cols.begin; w < cols.end; ++w) {
          const real* candidate = &x(n, h, w, 0);
          const auto here = static_cast<std::int32_t>(h * width + w);
          for (std::int64_t c = 0; c < channels; ++c) {
            const bool wins = chosen_over(candidate[c], best[c]);
            best[c] = wins ? candidate[c] : best[c];
            at[c] = wins ? here : at[c];
          }
        }
    }
  }
}

void max_pool_pick(const Context& ctx, View<const real> x, View<const std::int32_t> place,
                   View<real> y) {
  const std::int64_t channels = x.dim(3), pixels = y.dim(1) * y.dim(2);
  const std::int64_t image = x.dim(1) * x.dim(2) * channels;
  const int threads = threads_for(ctx, y.size());
#pragma omp parallel for num_threads(threads)
  for (std::int64_t p = 0; p < y.dim(0) * pixels; ++p) {
    const real* from = x.data + p / pixels * image;
    const std::int32_t* at = place.data + p * channels;
    real* to = y.data + p * channels;
    for (std::int64_t c = 0; c < channels; ++c) to[c] = from[at[c] * channels + c];
  }
}

void max_pool_spread(const Context& ctx, const MaxPoolOptions& options, View<const real> grad_y,
                     View<const std::int32_t> place, View<real> grad_x) {
  const std::int64_t height = grad_x.dim(1), width = grad_x.dim(2), channels = grad_x.dim(3);
  const int threads = threads_for(ctx, grad_x.size());
#pragma omp parallel for num_threads(threads)
  for (std::int64_t row = 0; row < grad_x.dim(0) * height; ++row) {
    const std::int64_t n = row / height;
    const PoolRange rows = windows_of(row % height, grad_y.dim(1), options);
    for (std::int64_t w = 0; w < width; ++w) {
      const PoolRange cols = windows_of(w, grad_y.dim(2), options);
      const auto here = static_cast<std::int32_t>(row % height * width + w);
      real* sum = grad_x.data + (row * width + w) * channels;
      std::fill_n(sum, channels, real(0));
      for (std::int64_t oh = rows.begin; oh < rows.end; ++oh)
        for (std::int64_t ow = cols.begin; ow < cols.end; ++ow) {
          const real* grad = &grad_y(n, oh, ow, 0);
          const std::int32_t* at = &place(n, oh, ow, 0);
          for (std::int64_t c = 0; c < channels; ++c) sum[c] += at[c] == here ? grad[c] : real(0);
        }
    }
  }
}

}  // namespace fgcn::kernels::cpu
