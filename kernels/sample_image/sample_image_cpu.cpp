#include <algorithm>

#include "kernels/sample_image/sample_image_math.h"

namespace fgcn::kernels::cpu {
namespace {

constexpr std::int64_t kBands = 8;  // of an image's rows, each with one owner

int team(const Context& ctx, std::int64_t size) { return size < 4096 ? 1 : ctx.threads(); }

}  // namespace

void sample_image(const Context& ctx, Sampling sampling, View<const real> image,
                  View<const real> points, View<real> y) {
  const std::int64_t height = image.dim(1), width = image.dim(2), channels = image.dim(3);
  const std::int64_t count = points.dim(1);
#pragma omp parallel for num_threads(team(ctx, y.size()))
  for (std::int64_t i = 0; i < points.dim(0) * count; ++i) {
    const std::int64_t n = i / count;
    const real px = points[2 * i], py = points[2 * i + 1];
    real* to = y.data + i * channels;
    if (sampling == Sampling::kRounded) {
      std::copy_n(&image(n, rounded(py, height), rounded(px, width), 0), channels, to);
      continue;
    }
    const Between h = between(py, height), w = between(px, width);
    const real* a = &image(n, h.low, w.low, 0);
    const real* b = &image(n, h.low, w.high, 0);
    const real* c = &image(n, h.high, w.low, 0);
    const real* d = &image(n, h.high, w.high, 0);
    for (std::int64_t k = 0; k < channels; ++k)
      to[k] = blend(a[k], b[k], c[k], d[k], w.weight, h.weight);
  }
}

void sample_image_by_image(const Context& ctx, Sampling sampling, View<const real> points,
                           View<const real> grad_y, View<real> grad_image) {
  const std::int64_t height = grad_image.dim(1), width = grad_image.dim(2);
  const std::int64_t channels = grad_image.dim(3), count = points.dim(1);
  const std::int64_t band = (height + kBands - 1) / kBands;
#pragma omp parallel for num_threads(team(ctx, std::max(grad_y.size(), grad_image.size())))
  for (std::int64_t item = 0; item < grad_image.dim(0) * kBands; ++item) {
    const std::int64_t n = item / kBands;
    const std::int64_t top = std::min(height, item % kBands * band);
    const std::int64_t bottom = std::min(height, top + band);
    if (top == bottom) continue;
    std::fill_n(&grad_image(n, top, 0, 0), (bottom - top) * width * channels, real(0));
    const auto add = [&](const Tap& at, const real* grad) {
      if (at.row < top || at.row >= bottom || at.weight == 0) return;
      real* to = &grad_image(n, at.row, at.column, 0);
      for (std::int64_t k = 0; k < channels; ++k) to[k] += at.weight * grad[k];
    };
    for (std::int64_t i = n * count; i < (n + 1) * count; ++i) {
      const real px = points[2 * i], py = points[2 * i + 1];
      const real* grad = grad_y.data + i * channels;
      if (sampling == Sampling::kRounded) {
        add({rounded(py, height), rounded(px, width), 1}, grad);
        continue;
      }
      const Between h = between(py, height);
      if (h.high < top || h.low >= bottom) continue;
      const Between w = between(px, width);
      add(tap(h, w, 0), grad);
      add(tap(h, w, 1), grad);
      add(tap(h, w, 2), grad);
      add(tap(h, w, 3), grad);
    }
  }
}

void sample_image_by_points(const Context& ctx, View<const real> image, View<const real> points,
                            View<const real> grad_y, View<real> grad_points) {
  const std::int64_t height = image.dim(1), width = image.dim(2), channels = image.dim(3);
  const std::int64_t count = points.dim(1);
#pragma omp parallel for num_threads(team(ctx, grad_y.size()))
  for (std::int64_t i = 0; i < points.dim(0) * count; ++i) {
    const std::int64_t n = i / count;
    const Between h = between(points[2 * i + 1], height), w = between(points[2 * i], width);
    const real* a = &image(n, h.low, w.low, 0);
    const real* b = &image(n, h.low, w.high, 0);
    const real* c = &image(n, h.high, w.low, 0);
    const real* d = &image(n, h.high, w.high, 0);
    const real* grad = grad_y.data + i * channels;
    real by_x = 0, by_y = 0;
    for (std::int64_t k = 0; k < channels; ++k) {
      by_x += grad[k] * blend_slope(a[k], b[k], c[k], d[k], h.weight);
      by_y += grad[k] * blend_slope(a[k], c[k], b[k], d[k], w.weight);
    }
    grad_points[2 * i] = w.inside ? by_x : real(0);
    grad_points[2 * i + 1] = h.inside ? by_y : real(0);
  }
}

}  // namespace fgcn::kernels::cpu
