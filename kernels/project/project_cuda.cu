#include "kernels/gpu/triples.h"
#include "kernels/project/project_math.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

/// One thread per vertex. All images are one run of vertices.
__global__ void project_kernel(VertexParts parts, Pinhole camera, const real* x, real* y) {
  __shared__ real tile[3 * kTripleThreads];
  const VertexRange range = parts.at(blockIdx.x);
  const unsigned count = triples_held(range.begin, range.end);
  read_triples(x + 3 * range.begin, count, tile);
  __syncthreads();
  real* own = tile + 3 * threadIdx.x;
  if (threadIdx.x < count) store3(own, project_vertex(camera, load3(own)));
  __syncthreads();
  write_triples(tile, count, y + 3 * range.begin);
}

void project(const Context& ctx, const Pinhole& camera, View<const real> x, View<real> y) {
  const VertexParts parts(1, x.dim(0) * x.dim(1));
  launch(ctx, "project", one_block_each(parts.count(), kTripleThreads), project_kernel, parts,
         camera, x.data, y.data);
}

__global__ void project_adjoint_kernel(VertexParts parts, Pinhole camera, const real* x,
                                       const real* grad_y, real* grad_x) {
  __shared__ real x_tile[3 * kTripleThreads];
  __shared__ real grad_tile[3 * kTripleThreads];
  const VertexRange range = parts.at(blockIdx.x);
  const unsigned count = triples_held(range.begin, range.end);
  read_triples(x + 3 * range.begin, count, x_tile);
  read_triples(grad_y + 3 * range.begin, count, grad_tile);
  __syncthreads();
  real* own = grad_tile + 3 * threadIdx.x;
  if (threadIdx.x < count)
    store3(own, project_cotangent(camera, load3(x_tile + 3 * threadIdx.x), load3(own)));
  __syncthreads();
  write_triples(grad_tile, count, grad_x + 3 * range.begin);
}

void project_adjoint(const Context& ctx, const Pinhole& camera, View<const real> x,
                     View<const real> grad_y, View<real> grad_x) {
  const VertexParts parts(1, x.dim(0) * x.dim(1));
  launch(ctx, "project_adjoint", one_block_each(parts.count(), kTripleThreads),
         project_adjoint_kernel, parts, camera, x.data, grad_y.data, grad_x.data);
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
