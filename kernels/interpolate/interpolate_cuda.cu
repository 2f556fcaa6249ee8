#include "kernels/interpolate/interpolate_math.h"
#include "kernels/rasterize/seen_boxes.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

/// Index of a pixel's triangle, -1 when it shows none whose vertices exist.
__device__ __forceinline__ std::int32_t valid_triangle(const real* pixel,
                                                       View<const std::int32_t> triangles,
                                                       std::int64_t vertices) {
  const std::int32_t f = shown_triangle(pixel, triangles.dim(0));
  if (f < 0) return -1;
  for (int k = 0; k < 3; ++k) {
    if (triangles(f, k) < 0 || triangles(f, k) >= vertices) return -1;
  }
  return f;
}

/// One thread a pixel and channel: neighbours write neighbouring channels, a pixel's raster entry
/// is broadcast.
__global__ void interpolate_kernel(View<const real> raster, View<const real> attributes,
                                   View<const std::int32_t> triangles, View<real> y) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= y.dim(0) * y.dim(1) * y.dim(2) * y.dim(3)) return;
  const std::int64_t c = i % y.dim(3);
  const std::int64_t p = i / y.dim(3);
  const std::int64_t n = p / (y.dim(1) * y.dim(2));
  const real* pixel = raster.data + 4 * p;
  const std::int32_t f = valid_triangle(pixel, triangles, attributes.dim(1));
  real sum = 0;
  if (f >= 0) {
    for (int k = 0; k < 3; ++k) sum += corner_weight(pixel, k) * attributes(n, triangles(f, k), c);
  }
  y[i] = sum;
}

void interpolate(const Context& ctx, View<const real> raster, View<const real> attributes,
                 View<const std::int32_t> triangles, View<real> y) {
  launch(ctx, "interpolate", one_thread_each(y.size()), interpolate_kernel, raster, attributes,
         triangles, y);
}

/// One thread a vertex and channel: threads of a vertex walk the same pixels and read neighbouring
/// channels of each.
__global__ void attributes_vjp_kernel(View<const real> raster, View<const real> grad_y,
                                      std::int64_t triangles, CornersView corners,
                                      const SeenBox* boxes, View<real> grad_attributes) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= grad_attributes.dim(0) * grad_attributes.dim(1) * grad_attributes.dim(2)) return;
  const std::int64_t channels = grad_y.dim(3);
  const std::int64_t height = grad_y.dim(1), width = grad_y.dim(2);
  const std::int64_t c = i % channels;
  const std::int64_t v = i / channels % corners.vertices;
  const std::int64_t n = i / channels / corners.vertices;
  double sum = 0;
  for (std::int32_t e = corners.begin[v]; e < corners.begin[v + 1]; ++e) {
    const std::int32_t f = corners.corner[e] / 3;
    const SeenBox box = boxes[n * triangles + f];
    if (!box.seen()) continue;
    const real id = static_cast<real>(f + 1);
    for (std::int64_t row = height - box.from_bottom; row < box.y_end; ++row) {
      for (std::int64_t x = width - box.from_right; x < box.x_end; ++x) {
        const std::int64_t p = (n * height + row) * width + x;
        const real* pixel = raster.data + 4 * p;
        if (pixel[3] != id) continue;
        sum += static_cast<double>(corner_weight(pixel, corners.corner[e] % 3)) *
               grad_y[p * channels + c];
      }
    }
  }
  grad_attributes[i] = static_cast<real>(sum);
}

void interpolate_attributes_vjp(const Context& ctx, View<const real> raster,
                                View<const real> grad_y, View<const std::int32_t> triangles,
                                const CornersView& corners, View<real> grad_attributes) {
  Scratch<SeenBox> boxes(ctx, raster.dim(0) * triangles.dim(0));
  boxes.zero();
  find_seen_boxes(ctx, raster, triangles.dim(0), boxes.data());
  launch(ctx, "interpolate_attributes_vjp", one_thread_each(grad_attributes.size()),
         attributes_vjp_kernel, raster, grad_y, triangles.dim(0), corners, boxes.data(),
         grad_attributes);
}

/// One thread a pixel.
__global__ void raster_vjp_kernel(View<const real> raster, View<const real> attributes,
                                  View<const std::int32_t> triangles, View<const real> grad_y,
                                  View<real> grad_raster) {
  const std::int64_t p = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (p >= raster.dim(0) * raster.dim(1) * raster.dim(2)) return;
  const std::int64_t channels = grad_y.dim(3);
  const std::int64_t n = p / (raster.dim(1) * raster.dim(2));
  const std::int32_t f = valid_triangle(raster.data + 4 * p, triangles, attributes.dim(1));
  real grad_u = 0, grad_v = 0;
  if (f >= 0) {
    const real* a0 = &attributes(n, triangles(f, 0), 0);
    const real* a1 = &attributes(n, triangles(f, 1), 0);
    const real* a2 = &attributes(n, triangles(f, 2), 0);
    for (std::int64_t c = 0; c < channels; ++c) {
      const real g = grad_y[p * channels + c];
      grad_u += g * (a0[c] - a2[c]);
      grad_v += g * (a1[c] - a2[c]);
    }
  }
  real* out = grad_raster.data + 4 * p;
  out[0] = grad_u;
  out[1] = grad_v;
  out[2] = 0;
  out[3] = 0;
}

void interpolate_raster_vjp(const Context& ctx, View<const real> raster,
                            View<const real> attributes, View<const std::int32_t> triangles,
                            View<const real> grad_y, View<real> grad_raster) {
  launch(ctx, "interpolate_raster_vjp", one_thread_each(raster.size() / 4), raster_vjp_kernel,
         raster, attributes, triangles, grad_y, grad_raster);
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
