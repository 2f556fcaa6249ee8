#include "kernels/gpu/elements.h"
#include "tests/simt/access_kernels.h"

namespace fgcn::test {

__global__ void coalesced_kernel(const float* x, float* y) {
  const std::int64_t i = thread_number();
  y[i] = 2 * x[i];
}
__global__ void misaligned_kernel(const float* x, float* y) { y[threadIdx.x] = x[threadIdx.x + 1]; }
__global__ void pieces_kernel(const float* x, float* y) {
  Lanes<4> v = load<4>(x + 4 * threadIdx.x);
  for (int k = 0; k < 4; ++k) v.of[k] *= 2;
  store(y + 4 * threadIdx.x, v);
}
__global__ void strided_kernel(const float* x, float* y, int step) {
  y[threadIdx.x] = x[static_cast<int>(threadIdx.x) * step];
}
__global__ void gathered_kernel(const float* x, const int* index, float* y) {
  y[threadIdx.x] = x[index[threadIdx.x]];
}
__global__ void in_place_kernel(const float* x, float* y) { y[threadIdx.x] += x[threadIdx.x]; }
__global__ void divergent_kernel(const float* x, float* y) {
  const unsigned t = threadIdx.x;
  float value = 0;
  if (t % 2 == 0) {
    value = x[t];
  } else {
    value = 3 * x[1024 + t];
  }
  y[t] = value;
}
__global__ void loops_kernel(const float* x, const int* count, float* y) {
  float sum = 0;
  const int end = count[threadIdx.x];
  for (int i = 0; i < end; ++i) sum += x[i];
  y[threadIdx.x] = sum;
}
__global__ void nested_loops_kernel(const float* x, const int* count, float* y, int rounds) {
  float sum = 0;
  for (int r = 0; r < rounds; ++r) {
    const int end = count[32 * r + static_cast<int>(threadIdx.x)];
    for (int i = 0; i < end; ++i) sum += x[i];
  }
  y[threadIdx.x] = sum;
}
__global__ void transposed_kernel(const float* x, float* y, unsigned width) {
  FGCN_DYNAMIC_SHARED(float, tile);
  for (unsigned r = threadIdx.y; r < 32; r += blockDim.y)
    tile[r * width + threadIdx.x] = x[32 * r + threadIdx.x];
  __syncthreads();
  for (unsigned r = threadIdx.y; r < 32; r += blockDim.y)
    y[32 * r + threadIdx.x] = tile[threadIdx.x * width + r];
}
__global__ void reversed_kernel(const float* x, float* y) {
  __shared__ float row[32];
  row[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  y[threadIdx.x] = row[31 - threadIdx.x];
}
__global__ void shared_pieces_kernel(float* y, unsigned step) {
  FGCN_DYNAMIC_SHARED(float, row);
  const unsigned first = 4 * step * threadIdx.x;
  const float t = static_cast<float>(threadIdx.x);
  store(row + first, Lanes<4>{{t, t, t, t}});
  __syncthreads();
  store(y + 4 * threadIdx.x, load<4>(row + first));
}
__global__ void shared_strided_kernel(float* y, unsigned step) {
  FGCN_DYNAMIC_SHARED(float, row);
  row[threadIdx.x * step] = 1;
  __syncthreads();
  y[threadIdx.x] = row[threadIdx.x * step];
}
__global__ void counted_kernel(const int* index, int* counts) {
  atomicAdd(counts + index[threadIdx.x], 1);
}
__global__ void four_stores_kernel(float* y) {
  for (int k = 0; k < 4; ++k) y[4 * threadIdx.x + k] = static_cast<float>(k);
}
__global__ void filled_kernel(float* y) {
  for (int k = 0; k < 4; ++k) y[4 * threadIdx.x + k] = 0;
}
__global__ void same_input_kernel(const float* x, float* y) { y[thread_number()] = x[threadIdx.x]; }

void coalesced(const Context& ctx, const Arrays& a, unsigned threads) {
  launch(ctx, "coalesced", one_block_each(1, threads), coalesced_kernel, a.x, a.y);
}
void misaligned(const Context& ctx, const Arrays& a) {
  launch(ctx, "misaligned", one_block_each(1, 32), misaligned_kernel, a.x, a.y);
}
void pieces(const Context& ctx, const Arrays& a) {
  launch(ctx, "pieces", one_block_each(1, 32), pieces_kernel, a.x, a.y);
}
void strided(const Context& ctx, const Arrays& a, int step) {
  launch(ctx, "strided", one_block_each(1, 32), strided_kernel, a.x, a.y, step);
}
void gathered(const Context& ctx, const Arrays& a) {
  launch(ctx, "gathered", one_block_each(1, 32), gathered_kernel, a.x, a.index, a.y);
}
void broadcast(const Context& ctx, const Arrays& a) { strided(ctx, a, 0); }
void in_place(const Context& ctx, const Arrays& a) {
  launch(ctx, "in place", one_block_each(1, 32), in_place_kernel, a.x, a.y);
}
void divergent(const Context& ctx, const Arrays& a) {
  launch(ctx, "divergent", one_block_each(1, 32), divergent_kernel, a.x, a.y);
}
void loops(const Context& ctx, const Arrays& a) {
  launch(ctx, "loops", one_block_each(1, 32), loops_kernel, a.x, a.index, a.y);
}
void nested_loops(const Context& ctx, const Arrays& a, int rounds) {
  launch(ctx, "nested loops", one_block_each(1, 32), nested_loops_kernel, a.x, a.index, a.y,
         rounds);
}
void transposed(const Context& ctx, const Arrays& a, int width) {
  LaunchShape shape = one_block_each(1, 32, static_cast<std::size_t>(32 * width) * sizeof(float));
  shape.block.y = 8;
  launch(ctx, "transposed", shape, transposed_kernel, a.x, a.y, static_cast<unsigned>(width));
}
void reversed(const Context& ctx, const Arrays& a) {
  launch(ctx, "reversed", one_block_each(1, 32), reversed_kernel, a.x, a.y);
}
void shared_pieces(const Context& ctx, const Arrays& a, int step) {
  launch(ctx, "shared pieces", one_block_each(1, 32, static_cast<std::size_t>(512 * step)),
         shared_pieces_kernel, a.y, static_cast<unsigned>(step));
}
void shared_strided(const Context& ctx, const Arrays& a, int step) {
  launch(ctx, "shared strided", one_block_each(1, 32, static_cast<std::size_t>(128 * step)),
         shared_strided_kernel, a.y, static_cast<unsigned>(step));
}
void counted(const Context& ctx, const Arrays& a) {
  launch(ctx, "counted", one_block_each(1, 32), counted_kernel, a.index, a.counts);
}
void four_stores(const Context& ctx, const Arrays& a) {
  launch(ctx, "four stores", one_block_each(1, 32), four_stores_kernel, a.y);
}
void filled(const Context& ctx, const Arrays& a) {
  launch(ctx, "filled", one_block_each(1, 32), filled_kernel, a.y);
}
void same_input(const Context& ctx, const Arrays& a, int blocks) {
  launch(ctx, "same input", one_block_each(blocks, 32), same_input_kernel, a.x, a.y);
}

}  // namespace fgcn::test
