#include "kernels/gpu/block_sums.h"
#include "kernels/gpu/triples.h"
#include "kernels/sh_light/sh_light.h"
#include "kernels/sh_light/sh_light_math.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

constexpr int kLightCoefficients = 27;
constexpr int kLightRoom = 32;              // rounded up to what can be halved
constexpr std::int64_t kLightShare = 1024;  // vertices that a block sums
static_assert(kTripleThreads == kBlockSumThreads);

/// An image's coefficients into shared memory.
__device__ __forceinline__ void read_light(const real* sh_coefficients, std::int64_t image,
                                           real* light) {
  if (threadIdx.x < kLightCoefficients)
    light[threadIdx.x] =
        sh_coefficient(sh_coefficients + image * kLightCoefficients, static_cast<int>(threadIdx.x));
}

/// One thread per vertex; a block's vertices are of one image.
__global__ void sh_light_kernel(VertexParts parts, const real* normals, const real* sh_coefficients,
                                real* y) {
  __shared__ real tile[3 * kTripleThreads];
  __shared__ real light[kLightCoefficients];
  const VertexRange range = parts.at(blockIdx.x);
  const unsigned count = triples_held(range.begin, range.end);
  read_triples(normals + 3 * range.begin, count, tile);
  read_light(sh_coefficients, range.image, light);
  __syncthreads();
  real* own = tile + 3 * threadIdx.x;
  if (threadIdx.x < count) store3(own, sh_vertex(load3(own), light));
  __syncthreads();
  write_triples(tile, count, y + 3 * range.begin);
}

void sh_light(const Context& ctx, View<const real> normals, View<const real> sh_coefficients,
              View<real> y) {
  const VertexParts parts(normals.dim(0), normals.dim(1));
  launch(ctx, "sh_light", one_block_each(parts.count(), kTripleThreads), sh_light_kernel, parts,
         normals.data, sh_coefficients.data, y.data);
}

/// partial [parts, kLightRoom] = sums over the vertices of a part, a block each.
__global__ void sh_light_adjoint_kernel(VertexParts parts, const real* normals,
                                        const real* sh_coefficients, const real* grad_y,
                                        real* grad_normals, double* partial) {
  __shared__ real normal_tile[3 * kTripleThreads];
  __shared__ real grad_tile[3 * kTripleThreads];
  __shared__ real light[kLightCoefficients];
  __shared__ double room[block_sums_room(kLightRoom)];
  const VertexRange range = parts.at(blockIdx.x);
  read_light(sh_coefficients, range.image, light);
  double sum[kLightRoom] = {};
  for (std::int64_t first = range.begin; first < range.end; first += kTripleThreads) {
    const unsigned count = triples_held(first, range.end);
    read_triples(normals + 3 * first, count, normal_tile);
    read_triples(grad_y + 3 * first, count, grad_tile);
    __syncthreads();
    if (threadIdx.x < count) {
      real* own = grad_tile + 3 * threadIdx.x;
      store3(own, sh_cotangents(load3(normal_tile + 3 * threadIdx.x), light, load3(own), sum));
    }
    __syncthreads();
    write_triples(grad_tile, count, grad_normals + 3 * first);
  }
  const double total = block_sums(sum, room);
  partial += static_cast<std::int64_t>(blockIdx.x) * kLightRoom;
  if (threadIdx.x < kLightRoom) partial[threadIdx.x] = total;
}

/// One block per image.
__global__ void light_cotangent_kernel(const double* partial, std::int64_t parts,
                                       real* grad_sh_coefficients) {
  __shared__ double room[kBlockSumThreads];
  const std::int64_t n = blockIdx.x;
  const double sum = sums_of_blocks<kLightRoom>(partial + n * parts * kLightRoom, parts, room);
  if (threadIdx.x < kLightCoefficients)
    grad_sh_coefficients[n * kLightCoefficients + threadIdx.x] = static_cast<real>(sum);
}

void sh_light_adjoint(const Context& ctx, View<const real> normals,
                      View<const real> sh_coefficients, View<const real> grad_y,
                      View<real> grad_normals, View<real> grad_sh_coefficients) {
  const std::int64_t images = normals.dim(0);
  const VertexParts parts(images, normals.dim(1), kLightShare);
  const DeviceScratch<double> partial(ctx, parts.count() * kLightRoom);
  launch(ctx, "sh_light_adjoint", one_block_each(parts.count(), kTripleThreads),
         sh_light_adjoint_kernel, parts, normals.data, sh_coefficients.data, grad_y.data,
         grad_normals.data, partial.data());
  launch(ctx, "light_cotangent", one_block_each(images, kBlockSumThreads), light_cotangent_kernel,
         partial.data(), parts.of_image(), grad_sh_coefficients.data);
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
