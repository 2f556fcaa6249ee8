#include <algorithm>

#include "kernels/gpu/elements.h"
#include "kernels/interpolate/interpolate_math.h"
#include "kernels/rasterize/visible_boxes.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

/// Images [N, height, width] of `channels`, beside attributes [N, vertices, channels].
struct InterpolateSizes {
  std::int64_t height, width, channels, vertices;
  Divider by_channels, by_pixels, by_vertices;

  InterpolateSizes(const Shape& image, std::int64_t all_vertices)
      : height(image[1]),
        width(image[2]),
        channels(image[3]),
        vertices(all_vertices),
        by_channels(std::max<std::int64_t>(1, channels)),
        by_pixels(std::max<std::int64_t>(1, height * width)),
        by_vertices(std::max<std::int64_t>(1, vertices)) {}
};

/// The vertices of a pixel's triangle, -1 when it shows none whose vertices exist.
struct ShownVertices {
  std::int32_t at[3];

  __device__ __forceinline__ ShownVertices(const real* pixel, const std::int32_t* triangles,
                                           std::int64_t count, std::int64_t vertices) {
    const std::int32_t f = shown_triangle(pixel, count);
    bool valid = f >= 0;
    for (int k = 0; k < 3; ++k) {
      at[k] = f >= 0 ? triangles[3 * static_cast<std::int64_t>(f) + k] : -1;
      valid = valid && at[k] >= 0 && at[k] < vertices;
    }
    if (!valid) at[0] = -1;
  }
  __device__ __forceinline__ bool any() const { return at[0] >= 0; }
};

/// One thread a pixel and channel: neighbours write neighbouring channels, a pixel's raster entry
/// is broadcast.
__global__ void interpolate_kernel(InterpolateSizes sizes, const real* raster,
                                   const real* attributes, const std::int32_t* triangles,
                                   std::int64_t triangle_count, real* y, std::int64_t count) {
  const std::int64_t i = thread_number();
  if (i >= count) return;
  const Split at = sizes.by_channels.split(i);
  const real* pixel = raster + 4 * at.quotient;
  const ShownVertices shown(pixel, triangles, triangle_count, sizes.vertices);
  real sum = 0;
  if (shown.any()) {
    const std::int64_t n = sizes.by_pixels.split(at.quotient).quotient;
    const real* from = attributes + n * sizes.vertices * sizes.channels + at.remainder;
    for (int k = 0; k < 3; ++k) sum += corner_weight(pixel, k) * from[shown.at[k] * sizes.channels];
  }
  y[i] = sum;
}

void interpolate(const Context& ctx, View<const real> raster, View<const real> attributes,
                 View<const std::int32_t> triangles, View<real> y) {
  launch(ctx, "interpolate", one_thread_each(y.size()), interpolate_kernel,
         InterpolateSizes(y.shape, attributes.dim(1)), raster.data, attributes.data, triangles.data,
         triangles.dim(0), y.data, y.size());
}

/// One thread a vertex and channel: threads of a vertex walk the same pixels and read neighbouring
/// channels of each.
__global__ void attributes_vjp_kernel(InterpolateSizes sizes, const real* raster,
                                      const real* grad_y, std::int64_t triangles,
                                      CornersView corners, const VisibleBox* boxes,
                                      real* grad_attributes, std::int64_t count) {
  const std::int64_t i = thread_number();
  if (i >= count) return;
  const std::int64_t height = sizes.height, width = sizes.width;
  const Split by_channels = sizes.by_channels.split(i);
  const Split by_vertices = sizes.by_vertices.split(by_channels.quotient);
  const std::int64_t n = by_vertices.quotient, v = by_vertices.remainder;
  double sum = 0;
  for (std::int32_t e = corners.begin[v]; e < corners.begin[v + 1]; ++e) {
    const std::int32_t f = corners.corner[e] / 3;
    const VisibleBox box = boxes[n * triangles + f];
    if (!box.visible()) continue;
    const real id = static_cast<real>(f + 1);
    for (std::int64_t row = height - box.from_bottom; row < box.y_end; ++row) {
      for (std::int64_t x = width - box.from_right; x < box.x_end; ++x) {
        const std::int64_t p = (n * height + row) * width + x;
        const real* pixel = raster + 4 * p;
        if (pixel[3] != id) continue;
        sum += static_cast<double>(corner_weight(pixel, corners.corner[e] % 3)) *
               grad_y[p * sizes.channels + by_channels.remainder];
      }
    }
  }
  grad_attributes[i] = static_cast<real>(sum);
}

void interpolate_attributes_vjp(const Context& ctx, View<const real> raster,
                                View<const real> grad_y, View<const std::int32_t> triangles,
                                const CornersView& corners, View<real> grad_attributes) {
  DeviceScratch<VisibleBox> boxes(ctx, raster.dim(0) * triangles.dim(0));
  boxes.zero();
  find_visible_boxes(ctx, raster, triangles.dim(0), boxes.data());
  launch(ctx, "interpolate_attributes_vjp", one_thread_each(grad_attributes.size()),
         attributes_vjp_kernel, InterpolateSizes(grad_y.shape, corners.vertices), raster.data,
         grad_y.data, triangles.dim(0), corners, boxes.data(), grad_attributes.data,
         grad_attributes.size());
}

/// One thread a pixel; kN numbers of grad_raster move as one.
template <int kN>
__global__ void raster_vjp_kernel(InterpolateSizes sizes, const real* raster,
                                  const real* attributes, const std::int32_t* triangles,
                                  std::int64_t triangle_count, const real* grad_y,
                                  real* grad_raster, std::int64_t pixels) {
  const std::int64_t p = thread_number();
  if (p >= pixels) return;
  const ShownVertices shown(raster + 4 * p, triangles, triangle_count, sizes.vertices);
  real grad[4] = {};
  if (shown.any()) {
    const std::int64_t n = sizes.by_pixels.split(p).quotient;
    const real* from = attributes + n * sizes.vertices * sizes.channels;
    const real* a0 = from + shown.at[0] * sizes.channels;
    const real* a1 = from + shown.at[1] * sizes.channels;
    const real* a2 = from + shown.at[2] * sizes.channels;
    for (std::int64_t c = 0; c < sizes.channels; ++c) {
      const real g = grad_y[p * sizes.channels + c];
      grad[0] += g * (a0[c] - a2[c]);
      grad[1] += g * (a1[c] - a2[c]);
    }
  }
  for (int k = 0; k < 4; k += kN) {
    Lanes<kN> part;
    for (int lane = 0; lane < kN; ++lane) part.of[lane] = grad[k + lane];
    store(grad_raster + 4 * p + k, part);
  }
}

void interpolate_raster_vjp(const Context& ctx, View<const real> raster,
                            View<const real> attributes, View<const std::int32_t> triangles,
                            View<const real> grad_y, View<real> grad_raster) {
  const std::int64_t pixels = raster.size() / 4;
  launch(ctx, "interpolate_raster_vjp", one_thread_each(pixels),
         in_pieces(grad_raster.data) ? raster_vjp_kernel<kLanes> : raster_vjp_kernel<1>,
         InterpolateSizes(grad_y.shape, attributes.dim(1)), raster.data, attributes.data,
         triangles.data, triangles.dim(0), grad_y.data, grad_raster.data, pixels);
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
