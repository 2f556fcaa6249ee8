#include "kernels/gpu/triples.h"
#include "kernels/vertex_normals/vertex_normals_math.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

// One thread per vertex, which gathers from its triangles; a block's vertices are of one image.
// Neighbours in a mesh's order share triangles: what they gather is in the first-level cache.

__global__ void vertex_normals_kernel(VertexParts parts, const std::int32_t* triangles,
                                      CornersView corners, const real* x, real* y) {
  __shared__ real tile[3 * kTripleThreads];
  const VertexRange range = parts.at(blockIdx.x);
  const unsigned count = triples_held(range.begin, range.end);
  const std::int64_t image = range.image * corners.vertices;  // its first vertex
  if (threadIdx.x < count) {
    const std::int64_t v = range.begin - image + threadIdx.x;
    const NormalSum<real> s = normal_sum(triangles, corners, x + 3 * image, v);
    store3(tile + 3 * threadIdx.x, unit_normal(s));
  }
  __syncthreads();
  write_triples(tile, count, y + 3 * range.begin);
}

void vertex_normals(const Context& ctx, View<const std::int32_t> triangles,
                    const CornersView& corners, View<const real> x, View<real> y) {
  const VertexParts parts(x.dim(0), x.dim(1));
  launch(ctx, "vertex_normals", one_block_each(parts.count(), kTripleThreads),
         vertex_normals_kernel, parts, triangles.data, corners, x.data, y.data);
}

__global__ void normal_sum_cotangent_kernel(VertexParts parts, const std::int32_t* triangles,
                                            CornersView corners, const real* x, const real* grad_y,
                                            real* grad_sum) {
  __shared__ real tile[3 * kTripleThreads];
  const VertexRange range = parts.at(blockIdx.x);
  const unsigned count = triples_held(range.begin, range.end);
  const std::int64_t image = range.image * corners.vertices;
  read_triples(grad_y + 3 * range.begin, count, tile);
  __syncthreads();
  if (threadIdx.x < count) {
    const std::int64_t v = range.begin - image + threadIdx.x;
    real* own = tile + 3 * threadIdx.x;
    const NormalSum<real> s = normal_sum(triangles, corners, x + 3 * image, v);
    store3(own, unit_cotangent(s, load3(own)));
  }
  __syncthreads();
  write_triples(tile, count, grad_sum + 3 * range.begin);
}

__global__ void position_cotangent_kernel(VertexParts parts, const std::int32_t* triangles,
                                          CornersView corners, const real* x, const real* grad_sum,
                                          real* grad_x) {
  __shared__ real tile[3 * kTripleThreads];
  const VertexRange range = parts.at(blockIdx.x);
  const unsigned count = triples_held(range.begin, range.end);
  const std::int64_t image = range.image * corners.vertices;
  if (threadIdx.x < count) {
    const std::int64_t v = range.begin - image + threadIdx.x;
    store3(tile + 3 * threadIdx.x,
           position_cotangent(triangles, corners, x + 3 * image, grad_sum + 3 * image, v));
  }
  __syncthreads();
  write_triples(tile, count, grad_x + 3 * range.begin);
}

void vertex_normals_adjoint(const Context& ctx, View<const std::int32_t> triangles,
                            const CornersView& corners, View<const real> x, View<const real> grad_y,
                            View<real> grad_sum, View<real> grad_x) {
  const VertexParts parts(x.dim(0), x.dim(1));
  const LaunchShape shape = one_block_each(parts.count(), kTripleThreads);
  launch(ctx, "normal_sum_cotangent", shape, normal_sum_cotangent_kernel, parts, triangles.data,
         corners, x.data, grad_y.data, grad_sum.data);
  launch(ctx, "position_cotangent", shape, position_cotangent_kernel, parts, triangles.data,
         corners, x.data, grad_sum.data, grad_x.data);
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
