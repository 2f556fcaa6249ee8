#include "kernels/rasterize/rasterize_math.h"
#include "kernels/rasterize/visible_boxes.h"
#include "kernels/runtime/launch.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

using Key = unsigned long long;  // the type that 64-bit atomics take

constexpr std::int32_t kSmallBox = 64;  // pixels that one thread draws
constexpr unsigned kLargeBlocks = 256;
constexpr unsigned kLargeThreads = 128;

/// Index of a triangle in the batch, split.
struct TriangleOfImage {
  std::int64_t image, face;
};

__device__ __forceinline__ TriangleOfImage split(std::int64_t i, std::int64_t faces) {
  return {i / faces, i % faces};
}

__device__ __forceinline__ bool has_vertices(const std::int32_t* triangle, std::int64_t vertices) {
  for (int k = 0; k < 3; ++k) {
    if (triangle[k] < 0 || triangle[k] >= vertices) return false;
  }
  return true;
}

__device__ __forceinline__ void draw_pixel(const TriangleSetup& setup, std::int64_t image,
                                           std::int32_t x, std::int32_t y, std::int64_t face,
                                           View<Key> keys) {
  const Key key = pixel_key(setup, x + 0.5, y + 0.5, static_cast<std::uint32_t>(face));
  // The maximum does not depend on the order of arrival.
  if (key != 0) atomicMax(&keys(image, y, x), key);
}

/// One thread a triangle; those over many pixels go into a queue. Its order varies, the picture
/// does not.
__global__ void draw_small_kernel(View<const real> positions, View<const std::int32_t> triangles,
                                  RasterizeOptions options, View<Key> keys, std::int32_t* queued,
                                  std::int64_t* queue) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= positions.dim(0) * triangles.dim(0)) return;
  const TriangleOfImage at = split(i, triangles.dim(0));
  const std::int32_t* triangle = &triangles(at.face, 0);
  if (!has_vertices(triangle, positions.dim(1))) return;
  const ScreenTriangle t = load_triangle(&positions(at.image, 0, 0), triangle);
  const PixelBox box = pixel_box(t, options, static_cast<std::int32_t>(keys.dim(1)),
                                 static_cast<std::int32_t>(keys.dim(2)));
  if (box.empty()) return;
  if ((box.x_end - box.x_begin) * (box.y_end - box.y_begin) > kSmallBox) {
    queue[atomicAdd(queued, 1)] = i;
    return;
  }
  const TriangleSetup setup = make_setup(t);
  for (std::int32_t y = box.y_begin; y < box.y_end; ++y) {
    for (std::int32_t x = box.x_begin; x < box.x_end; ++x)
      draw_pixel(setup, at.image, x, y, at.face, keys);
  }
}

/// One block a queued triangle at a time.
__global__ void draw_large_kernel(View<const real> positions, View<const std::int32_t> triangles,
                                  RasterizeOptions options, View<Key> keys,
                                  const std::int32_t* queued, const std::int64_t* queue) {
  for (std::int32_t q = static_cast<std::int32_t>(blockIdx.x); q < *queued;
       q += static_cast<std::int32_t>(gridDim.x)) {
    const TriangleOfImage at = split(queue[q], triangles.dim(0));
    const ScreenTriangle t = load_triangle(&positions(at.image, 0, 0), &triangles(at.face, 0));
    const PixelBox box = pixel_box(t, options, static_cast<std::int32_t>(keys.dim(1)),
                                   static_cast<std::int32_t>(keys.dim(2)));
    const TriangleSetup setup = make_setup(t);
    const std::int32_t width = box.x_end - box.x_begin;
    const std::int32_t pixels = width * (box.y_end - box.y_begin);
    for (std::int32_t p = static_cast<std::int32_t>(threadIdx.x); p < pixels;
         p += static_cast<std::int32_t>(blockDim.x))
      draw_pixel(setup, at.image, box.x_begin + p % width, box.y_begin + p / width, at.face, keys);
  }
}

/// One thread a pixel.
__global__ void resolve_kernel(View<const real> positions, View<const std::int32_t> triangles,
                               View<const Key> keys, View<real> raster) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= keys.dim(0) * keys.dim(1) * keys.dim(2)) return;
  real* out = raster.data + 4 * i;
  const Key key = keys[i];
  if (key == 0) {
    for (int k = 0; k < 4; ++k) out[k] = 0;
    return;
  }
  const std::int64_t width = keys.dim(2);
  const std::int64_t image = i / (keys.dim(1) * width);
  const std::int64_t face = key_index(key);
  const ScreenTriangle t = load_triangle(&positions(image, 0, 0), &triangles(face, 0));
  resolve_pixel(make_setup(t), static_cast<double>(i % width) + 0.5,
                static_cast<double>(i / width % keys.dim(1)) + 0.5, face, out);
}

void rasterize(const Context& ctx, View<const real> positions, View<const std::int32_t> triangles,
               const RasterizeOptions& options, View<real> raster) {
  const std::int64_t drawn = positions.dim(0) * triangles.dim(0);
  const std::int64_t pixels = raster.size() / 4;
  DeviceScratch<Key> key_memory(ctx, pixels);
  key_memory.zero();
  DeviceScratch<std::int32_t> queued(ctx, 1);
  queued.zero();
  DeviceScratch<std::int64_t> queue(ctx, drawn);
  const View<Key> keys(key_memory.data(), {raster.dim(0), raster.dim(1), raster.dim(2)});
  launch(ctx, "rasterize (small triangles)", one_thread_each(drawn), draw_small_kernel, positions,
         triangles, options, keys, queued.data(), queue.data());
  if (drawn > 0) {
    launch(ctx, "rasterize (large triangles)", one_block_each(kLargeBlocks, kLargeThreads),
           draw_large_kernel, positions, triangles, options, keys, queued.data(), queue.data());
  }
  launch(ctx, "rasterize (resolve)", one_thread_each(pixels), resolve_kernel, positions, triangles,
         keys, raster);
}

__global__ void visible_boxes_kernel(View<const real> raster, std::int64_t triangles,
                                     VisibleBox* boxes) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  const std::int64_t height = raster.dim(1), width = raster.dim(2);
  if (i >= raster.dim(0) * height * width) return;
  const real id = raster[4 * i + 3];
  if (!(id >= 1) || !(id <= static_cast<real>(triangles))) return;
  VisibleBox& box = boxes[i / (height * width) * triangles + static_cast<std::int64_t>(id) - 1];
  const auto x = static_cast<std::int32_t>(i % width);
  const auto y = static_cast<std::int32_t>(i / width % height);
  atomicMax(&box.from_right, static_cast<std::int32_t>(width) - x);
  atomicMax(&box.x_end, x + 1);
  atomicMax(&box.from_bottom, static_cast<std::int32_t>(height) - y);
  atomicMax(&box.y_end, y + 1);
}

void find_visible_boxes(const Context& ctx, View<const real> raster, std::int64_t triangles,
                        VisibleBox* boxes) {
  launch(ctx, "seen boxes", one_thread_each(raster.size() / 4), visible_boxes_kernel, raster,
         triangles, boxes);
}

/// One thread a triangle that is seen; gradients of the others are not written.
__global__ void triangle_vjp_kernel(View<const real> positions, View<const std::int32_t> triangles,
                                    View<const real> raster, View<const real> grad_raster,
                                    const VisibleBox* boxes, double* grad_corner) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= positions.dim(0) * triangles.dim(0)) return;
  const VisibleBox box = boxes[i];
  if (!box.visible()) return;
  const TriangleOfImage at = split(i, triangles.dim(0));
  const ScreenTriangle t = load_triangle(&positions(at.image, 0, 0), &triangles(at.face, 0));
  const real id = static_cast<real>(at.face + 1);
  const std::int64_t height = raster.dim(1), width = raster.dim(2);
  double sum[9] = {};
  for (std::int64_t y = height - box.from_bottom; y < box.y_end; ++y) {
    for (std::int64_t x = width - box.from_right; x < box.x_end; ++x) {
      const std::int64_t p = ((at.image * height + y) * width + x) * 4;
      if (raster[p + 3] != id) continue;
      const real* g = grad_raster.data + p;
      accumulate_pixel_vjp(t, static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5, g[0],
                           g[1], g[2], sum);
    }
  }
  for (int k = 0; k < 9; ++k) grad_corner[9 * i + k] = sum[k];
}

/// One thread a vertex.
__global__ void vertex_vjp_kernel(CornersView corners, std::int64_t triangles,
                                  const VisibleBox* boxes, const double* grad_corner,
                                  View<real> grad_positions) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= grad_positions.dim(0) * corners.vertices) return;
  const std::int64_t image = i / corners.vertices;
  const std::int64_t v = i % corners.vertices;
  double sum[3] = {};
  for (std::int32_t e = corners.begin[v]; e < corners.begin[v + 1]; ++e) {
    const std::int64_t face = image * triangles + corners.corner[e] / 3;
    if (!boxes[face].visible()) continue;
    const double* from = grad_corner + 9 * face + 3 * (corners.corner[e] % 3);
    for (int k = 0; k < 3; ++k) sum[k] += from[k];
  }
  for (int k = 0; k < 3; ++k) grad_positions(image, v, k) = static_cast<real>(sum[k]);
}

void rasterize_vjp(const Context& ctx, View<const real> positions,
                   View<const std::int32_t> triangles, const CornersView& corners,
                   View<const real> raster, View<const real> grad_raster,
                   View<real> grad_positions) {
  const std::int64_t faces = positions.dim(0) * triangles.dim(0);
  DeviceScratch<VisibleBox> boxes(ctx, faces);
  boxes.zero();
  DeviceScratch<double> grad_corner(ctx, 9 * faces);
  find_visible_boxes(ctx, raster, triangles.dim(0), boxes.data());
  launch(ctx, "rasterize_vjp (triangles)", one_thread_each(faces), triangle_vjp_kernel, positions,
         triangles, raster, grad_raster, boxes.data(), grad_corner.data());
  launch(ctx, "rasterize_vjp (vertices)", one_thread_each(positions.size() / 3), vertex_vjp_kernel,
         corners, triangles.dim(0), boxes.data(), grad_corner.data(), grad_positions);
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
