#include <algorithm>
#include <vector>

#include "kernels/core/parallel_failure.h"
#include "kernels/interpolate/interpolate_math.h"
#include "kernels/rasterize/pixel_lists.h"

namespace fgcn::kernels::cpu {

void interpolate(const Context& ctx, View<const real> raster, View<const real> attributes,
                 View<const std::int32_t> triangles, View<real> y) {
  const std::int64_t channels = y.dim(3);
  const std::int64_t image = raster.dim(1) * raster.dim(2);
  const std::int64_t pixels = raster.dim(0) * image;
#pragma omp parallel for num_threads(ctx.threads())
  for (std::int64_t p = 0; p < pixels; ++p) {
    const real* pixel = raster.data + 4 * p;
    real* out = y.data + p * channels;
    const std::int32_t f = shown_triangle(pixel, triangles.dim(0));
    if (f < 0) {
      std::fill_n(out, channels, real(0));
      continue;
    }
    const real* a[3];
    for (int k = 0; k < 3; ++k) a[k] = &attributes(p / image, triangles(f, k), 0);
    const real w0 = pixel[0], w1 = pixel[1], w2 = corner_weight(pixel, 2);
    for (std::int64_t c = 0; c < channels; ++c) out[c] = w0 * a[0][c] + w1 * a[1][c] + w2 * a[2][c];
  }
}

void interpolate_attributes_vjp(const Context& ctx, View<const real> raster,
                                View<const real> grad_y, View<const std::int32_t> triangles,
                                const CornersView& corners, View<real> grad_attributes) {
  const std::int64_t channels = grad_y.dim(3);
  const std::int64_t vertices = corners.vertices;
  const std::int64_t image = raster.dim(1) * raster.dim(2);
  const std::int64_t batch = raster.dim(0);
  std::vector<PixelLists> lists(static_cast<std::size_t>(batch), PixelLists(ctx));
  ParallelFailure failure;
#pragma omp parallel num_threads(ctx.threads())
  {
    std::vector<double> sum;
    failure.keep([&] { sum.resize(static_cast<std::size_t>(channels)); });
#pragma omp for
    for (std::int64_t n = 0; n < batch; ++n)
      failure.keep([&] {
        lists[n] = pixels_by_triangle(ctx, raster.data + n * image * 4, image, triangles.dim(0));
      });
#pragma omp for
    for (std::int64_t i = 0; i < batch * vertices; ++i) {
      if (failure.seen()) continue;  // lists may be missing
      const std::int64_t n = i / vertices;
      const std::int64_t v = i % vertices;
      const PixelLists& list = lists[n];
      std::fill(sum.begin(), sum.end(), 0.0);
      for (std::int32_t e = corners.begin[v]; e < corners.begin[v + 1]; ++e) {
        const std::int32_t s = list.place[corners.corner[e] / 3];
        if (s < 0) continue;
        for (std::int32_t at = list.begin[s]; at < list.begin[s + 1]; ++at) {
          const std::int64_t p = n * image + list.pixel[at];
          const real w = corner_weight(raster.data + 4 * p, corners.corner[e] % 3);
          const real* g = grad_y.data + p * channels;
          for (std::int64_t c = 0; c < channels; ++c) sum[c] += static_cast<double>(w) * g[c];
        }
      }
      real* out = &grad_attributes(n, v, 0);
      for (std::int64_t c = 0; c < channels; ++c) out[c] = static_cast<real>(sum[c]);
    }
  }
  failure.rethrow();
}

void interpolate_raster_vjp(const Context& ctx, View<const real> raster,
                            View<const real> attributes, View<const std::int32_t> triangles,
                            View<const real> grad_y, View<real> grad_raster) {
  const std::int64_t channels = grad_y.dim(3);
  const std::int64_t image = raster.dim(1) * raster.dim(2);
  const std::int64_t pixels = raster.dim(0) * image;
#pragma omp parallel for num_threads(ctx.threads())
  for (std::int64_t p = 0; p < pixels; ++p) {
    real* out = grad_raster.data + 4 * p;
    std::fill_n(out, 4, real(0));
    const std::int32_t f = shown_triangle(raster.data + 4 * p, triangles.dim(0));
    if (f < 0) continue;
    const real* a[3];
    for (int k = 0; k < 3; ++k) a[k] = &attributes(p / image, triangles(f, k), 0);
    const real* g = grad_y.data + p * channels;
    for (std::int64_t c = 0; c < channels; ++c) {
      out[0] += g[c] * (a[0][c] - a[2][c]);
      out[1] += g[c] * (a[1][c] - a[2][c]);
    }
  }
}

}  // namespace fgcn::kernels::cpu
