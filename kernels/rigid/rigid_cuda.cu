#include "kernels/gpu/block_sums.h"
#include "kernels/gpu/triples.h"
#include "kernels/rigid/rigid.h"
#include "kernels/rigid/rigid_math.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

constexpr int kPoseRoom = 16;               // kPoseSums, rounded up to what can be halved
constexpr std::int64_t kRigidShare = 1024;  // vertices that a block sums
constexpr unsigned kRotationThreads = 32;   // of a block
static_assert(kTripleThreads == kBlockSumThreads);

/// One thread a pose: sine and cosine are made once.
__global__ void rotation_kernel(const real* angles, std::int64_t poses, Matrix3<real>* rotation) {
  const std::int64_t n = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (n >= poses) return;
  SinCos<real> turns[3];
  for (int c = 0; c < 3; ++c) turns[c] = {sine(angles[3 * n + c]), cosine(angles[3 * n + c])};
  rotation[n] = euler_rotation(turns);
}

/// An image's rotation and translation into shared memory: `pose` [12].
__device__ __forceinline__ void read_pose(const Matrix3<real>* rotation, const real* translation,
                                          std::int64_t image, real* pose) {
  if (threadIdx.x < 9) {
    pose[threadIdx.x] = rotation[image].at[threadIdx.x];
  } else if (threadIdx.x < 12) {
    pose[threadIdx.x] = translation[3 * image + threadIdx.x - 9];
  }
}

__device__ __forceinline__ Matrix3<real> rotation_of(const real* pose) {
  Matrix3<real> out;
  for (int k = 0; k < 9; ++k) out.at[k] = pose[k];
  return out;
}

/// One thread per vertex; a block's vertices are of one image.
__global__ void rigid_kernel(VertexParts parts, const real* x, const Matrix3<real>* rotation,
                             const real* translation, real* y) {
  __shared__ real tile[3 * kTripleThreads];
  __shared__ real pose[12];
  const VertexRange range = parts.at(blockIdx.x);
  const unsigned count = triples_held(range.begin, range.end);
  read_triples(x + 3 * range.begin, count, tile);
  read_pose(rotation, translation, range.image, pose);
  __syncthreads();
  real* own = tile + 3 * threadIdx.x;
  if (threadIdx.x < count) store3(own, moved(rotation_of(pose), load3(own), load3(pose + 9)));
  __syncthreads();
  write_triples(tile, count, y + 3 * range.begin);
}

void rigid(const Context& ctx, View<const real> x, View<const real> angles,
           View<const real> translation, View<real> y) {
  const std::int64_t poses = x.dim(0);
  const VertexParts parts(poses, x.dim(1));
  const DeviceScratch<Matrix3<real>> rotation(ctx, poses);
  launch(ctx, "rotation", one_thread_each(poses, kRotationThreads), rotation_kernel, angles.data,
         poses, rotation.data());
  launch(ctx, "rigid", one_block_each(parts.count(), kTripleThreads), rigid_kernel, parts, x.data,
         rotation.data(), translation.data, y.data);
}

/// partial [parts, kPoseRoom] = sums over the vertices of a part, a block each.
__global__ void rigid_adjoint_kernel(VertexParts parts, const real* x,
                                     const Matrix3<real>* rotation, const real* grad_y,
                                     real* grad_x, double* partial) {
  __shared__ real x_tile[3 * kTripleThreads];
  __shared__ real grad_tile[3 * kTripleThreads];
  __shared__ double room[block_sums_room(kPoseRoom)];
  __shared__ real pose[9];
  const VertexRange range = parts.at(blockIdx.x);
  if (threadIdx.x < 9) pose[threadIdx.x] = rotation[range.image].at[threadIdx.x];
  double sum[kPoseRoom] = {};
  for (std::int64_t first = range.begin; first < range.end; first += kTripleThreads) {
    const unsigned count = triples_held(first, range.end);
    read_triples(x + 3 * first, count, x_tile);
    read_triples(grad_y + 3 * first, count, grad_tile);
    __syncthreads();
    if (threadIdx.x < count) {
      real* own = grad_tile + 3 * threadIdx.x;
      const Real3 g = load3(own);
      add_pose_terms(load3(x_tile + 3 * threadIdx.x), g, sum);
      store3(own, turned_back(rotation_of(pose), g));
    }
    __syncthreads();
    write_triples(grad_tile, count, grad_x + 3 * first);
  }
  const double total = block_sums(sum, room);
  if (threadIdx.x < kPoseRoom)
    partial[static_cast<std::int64_t>(blockIdx.x) * kPoseRoom + threadIdx.x] = total;
}

/// One block a pose.
__global__ void pose_cotangent_kernel(const double* partial, std::int64_t parts, const real* angles,
                                      real* grad_angles, real* grad_translation) {
  __shared__ double room[kBlockSumThreads];
  __shared__ double total[kPoseRoom];
  const std::int64_t n = blockIdx.x;
  const double sum = sums_of_blocks<kPoseRoom>(partial + n * parts * kPoseRoom, parts, room);
  if (threadIdx.x < kPoseRoom) total[threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.x < 3) {
    const int c = static_cast<int>(threadIdx.x);
    const real* of_pose = angles + 3 * n;
    const SinCos<double> turns[3] = {sin_cos(of_pose[0]), sin_cos(of_pose[1]), sin_cos(of_pose[2])};
    grad_angles[3 * n + c] = static_cast<real>(angle_cotangent(turns, c, total));
    grad_translation[3 * n + c] = static_cast<real>(total[9 + c]);
  }
}

void rigid_adjoint(const Context& ctx, View<const real> x, View<const real> angles,
                   View<const real> grad_y, View<real> grad_x, View<real> grad_angles,
                   View<real> grad_translation) {
  const std::int64_t poses = x.dim(0);
  const VertexParts parts(poses, x.dim(1), kRigidShare);
  const DeviceScratch<Matrix3<real>> rotation(ctx, poses);
  const DeviceScratch<double> partial(ctx, parts.count() * kPoseRoom);
  launch(ctx, "rotation", one_thread_each(poses, kRotationThreads), rotation_kernel, angles.data,
         poses, rotation.data());
  launch(ctx, "rigid_adjoint", one_block_each(parts.count(), kTripleThreads), rigid_adjoint_kernel,
         parts, x.data, rotation.data(), grad_y.data, grad_x.data, partial.data());
  launch(ctx, "pose_cotangent", one_block_each(poses, kBlockSumThreads), pose_cotangent_kernel,
         partial.data(), parts.of_image(), angles.data, grad_angles.data, grad_translation.data);
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
