// Kernels with one deliberate fault each: the emulator must name it, or its thread orders must
// disagree. And the same kernels without the fault.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "autograd/tensor.h"
#include "kernels/runtime/launch.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

constexpr int kThreads = 96;  // three warps
constexpr unsigned kAll = 0xffffffffu;

enum class Fault { kNone, kSeeded };

/// Results of several thread orders; the first is in order.
template <class... Params, class... Args>
std::vector<std::vector<float>> in_every_order(const LaunchShape& shape, std::int64_t count,
                                               void (*kernel)(float*, Params...),
                                               const Args&... args) {
  std::vector<std::vector<float>> out;
  for (int order = 0; order < 4; ++order) {
    const Context ctx(Device::kEmulated, 0, order);
    Tensor y(ctx, {count});
    launch(ctx, "tested", shape, kernel, y.data(), args...);
    out.push_back(y.to_host());
  }
  return out;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

bool orders_agree(const std::vector<std::vector<float>>& results) {
  return std::all_of(results.begin(), results.end(),
                     [&](const auto& one) { return same_bits(one, results.front()); });
}

template <class... Params, class... Args>
void expect_error(const char* message, unsigned threads, void (*kernel)(float*, Params...),
                  const Args&... args) {
  for (int order = 0; order < 4; ++order) {
    CAPTURE(order);
    const Context ctx(Device::kEmulated, 0, order);
    Tensor y(ctx, {4096});
    CHECK_THROWS_WITH_AS(
        launch(ctx, "tested", one_block_each(2, threads), kernel, y.data(), args...),
        doctest::Contains(message), Error);
    // A failed kernel leaves nothing behind.
    launch(
        ctx, "after", one_thread_each(1), +[](float* to) { *to = 1; }, y.data());
    CHECK(y.to_host()[0] == 1);
  }
}

__global__ void reverse_kernel(float* y, Fault fault) {
  __shared__ float tile[kThreads];
  const unsigned i = threadIdx.x;
  tile[i] = static_cast<float>(i + 1000 * blockIdx.x);
  if (fault == Fault::kNone) __syncthreads();
  y[blockIdx.x * blockDim.x + i] = tile[blockDim.x - 1 - i];
}

TEST_CASE("emulator: a missing barrier makes orders disagree, with NaN where nothing was written") {
  const auto right =
      in_every_order(one_block_each(3, kThreads), 3 * kThreads, reverse_kernel, Fault::kNone);
  CHECK(orders_agree(right));
  for (int b = 0; b < 3; ++b)
    for (int i = 0; i < kThreads; ++i)
      CHECK(right[0][b * kThreads + i] == static_cast<float>(kThreads - 1 - i + 1000 * b));
  const auto wrong =
      in_every_order(one_block_each(3, kThreads), 3 * kThreads, reverse_kernel, Fault::kSeeded);
  CHECK_FALSE(orders_agree(wrong));
#ifndef __SANITIZE_ADDRESS__
  CHECK(std::isnan(wrong[0][0]));
#endif
}

__global__ void reuse_kernel(float* y, Fault fault) {
  FGCN_DYNAMIC_SHARED(float, tile);
  float sum = 0;
  for (int round = 0; round < 3; ++round) {
    tile[threadIdx.x] = static_cast<float>(round * 100 + static_cast<int>(threadIdx.x));
    __syncthreads();
    sum += tile[(threadIdx.x + 1) % blockDim.x];
    if (fault == Fault::kNone) __syncthreads();  // before the next round overwrites
  }
  y[threadIdx.x] = sum;
}

TEST_CASE("emulator: a missing second barrier in a loop makes orders disagree") {
  const LaunchShape shape = one_block_each(1, kThreads, kThreads * sizeof(float));
  CHECK(orders_agree(in_every_order(shape, kThreads, reuse_kernel, Fault::kNone)));
  CHECK_FALSE(orders_agree(in_every_order(shape, kThreads, reuse_kernel, Fault::kSeeded)));
}

__global__ void unwritten_kernel(float* y) {
  FGCN_DYNAMIC_SHARED(float, tile);
  if (threadIdx.x > 0) tile[threadIdx.x] = 1;
  __syncthreads();
  if (threadIdx.x < 4) y[threadIdx.x] = tile[threadIdx.x];
}

TEST_CASE("emulator: shared and global memory that nobody wrote is NaN") {
  for (const auto& y : in_every_order(one_block_each(1, 32, 128), 8, unwritten_kernel)) {
    CHECK(std::isnan(y[0]));
    CHECK(y[1] == 1);
    CHECK(std::isnan(y[5]));
  }
}

__global__ void divergent_kernel(float* y) {
  if (threadIdx.x % 2 == 0) {
    __syncthreads();
    y[threadIdx.x] = 0;
  } else {
    __syncthreads();
    y[threadIdx.x] = 1;
  }
}

__global__ void early_return_kernel(float* y, int count) {
  if (static_cast<int>(threadIdx.x) >= count) return;
  __syncthreads();
  y[threadIdx.x] = 0;
}

__global__ void barrier_against_warp_kernel(float* y) {
  if (threadIdx.x < 16) __syncthreads();
  if (threadIdx.x >= 16) y[threadIdx.x] = __shfl_sync(kAll, 1.0f, 0);
  __syncthreads();
}

TEST_CASE("emulator: barriers that not all threads reach are named with their line") {
  expect_error("divergent barrier", kThreads, divergent_kernel);
  expect_error("emulator_test.cpp:", kThreads, divergent_kernel);
  expect_error("returned before a barrier", kThreads, early_return_kernel, 50);
  expect_error("deadlock", kThreads, barrier_against_warp_kernel);
}

__global__ void warp_sum_kernel(float* y, Fault fault) {
  float sum = static_cast<float>(threadIdx.x);
  for (int step = 16; step > 0; step /= 2) sum += __shfl_down_sync(kAll, sum, step);
  float total = __shfl_sync(kAll, sum, 0);
  if (fault == Fault::kSeeded) total = sum;
  const unsigned odd = __ballot_sync(kAll, threadIdx.x % 2);
  y[threadIdx.x] =
      total + static_cast<float>(__popc(odd)) * 0.5f +
      static_cast<float>(__shfl_xor_sync(kAll, static_cast<int>(threadIdx.x), 1)) * 4096;
}

TEST_CASE("emulator: warp exchanges give what CUDA gives") {
  const auto right =
      in_every_order(one_block_each(1, kThreads), kThreads, warp_sum_kernel, Fault::kNone);
  CHECK(orders_agree(right));
  for (int i = 0; i < kThreads; ++i) {
    const int warp = i / 32;
    const int sum = 32 * 32 * warp + 31 * 16;
    CHECK(right[0][i] == static_cast<float>(sum + 8 + 4096 * (i ^ 1)));
  }
  const auto wrong =
      in_every_order(one_block_each(1, kThreads), kThreads, warp_sum_kernel, Fault::kSeeded);
  CHECK(wrong[0][1] != right[0][1]);
}

__global__ void parts_of_warp_kernel(float* y) {
  const unsigned lane = threadIdx.x % 32;
  const unsigned mask = lane < 8 ? 0xffu : 0xffffff00u;
  float value = static_cast<float>(lane);
  for (int step = 4; step > 0; step /= 2) value += __shfl_xor_sync(mask, value, step, 8);
  y[threadIdx.x] = value;
}

TEST_CASE("emulator: parts of a warp exchange apart from each other") {
  const auto y = in_every_order(one_block_each(1, kThreads), kThreads, parts_of_warp_kernel);
  CHECK(orders_agree(y));
  for (int i = 0; i < kThreads; ++i) CHECK(y[0][i] == static_cast<float>(i % 32 / 8 * 64 + 28));
}

__global__ void swap_kernel(float* y, Fault fault) {
  const auto i = static_cast<float>(threadIdx.x);
  const float given[3] = {i, 2 * i, 3 * i};
  float taken[3] = {};
  const unsigned bit = fault == Fault::kSeeded && threadIdx.x == 7 ? 8 : 4;
  simt::swap_xor(__FILE__, __LINE__, given, bit, taken);
  y[threadIdx.x] = taken[0] + 1000 * (taken[1] - 2 * taken[0]) + 1000 * (taken[2] - 3 * taken[0]);
}

TEST_CASE("emulator: lanes swap several numbers in one meeting") {
  const auto right =
      in_every_order(one_block_each(1, kThreads), kThreads, swap_kernel, Fault::kNone);
  CHECK(orders_agree(right));
  for (int i = 0; i < kThreads; ++i) CHECK(right[0][i] == static_cast<float>(i ^ 4));
  const auto wrong =
      in_every_order(one_block_each(1, kThreads), kThreads, swap_kernel, Fault::kSeeded);
  CHECK(wrong[0][7] == 15);
}

__global__ void uneven_swap_kernel(float* y) {
  const float given[2] = {};
  float one[1], two[2];
  // One line for both, as a template with two sizes has.
  if (threadIdx.x % 32 == 3) {
    simt::swap_xor("swap", 1, given, 1, one);
  } else {
    simt::swap_xor("swap", 1, given, 1, two);
  }
  y[threadIdx.x] = 1;
}

__global__ void returned_lane_kernel(float* y) {
  if (threadIdx.x == 5) return;
  y[threadIdx.x] = __shfl_sync(kAll, 1.0f, 0);
}
__global__ void absent_lane_kernel(float* y) { y[threadIdx.x] = __shfl_sync(kAll, 1.0f, 0); }
__global__ void foreign_mask_kernel(float* y) { y[threadIdx.x] = __shfl_sync(0xffffu, 1.0f, 0); }
__global__ void mixed_ops_kernel(float* y) {
  if (threadIdx.x % 2) {
    y[threadIdx.x] = __shfl_down_sync(kAll, 1.0f, 1);
  } else {
    y[threadIdx.x] = __shfl_up_sync(kAll, 1.0f, 1);
  }
}
__global__ void missing_lane_kernel(float* y) {
  if (threadIdx.x % 32 < 16) __syncwarp();
  y[threadIdx.x] = 1;
}
__global__ void odd_width_kernel(float* y) { y[threadIdx.x] = __shfl_sync(kAll, 1.0f, 0, 12); }

TEST_CASE("emulator: wrong masks and mismatched exchanges are named") {
  // Whether lane 5 returned before or after the others met depends on the order.
  expect_error("returned", 32, returned_lane_kernel);
  expect_error("which the block does not have", 40, absent_lane_kernel);
  expect_error("the mask leaves out the caller", 32, foreign_mask_kernel);
  expect_error("is at another warp operation", 32, mixed_ops_kernel);
  expect_error("bytes for", 32, uneven_swap_kernel);
  expect_error("returned", 32, missing_lane_kernel);
  expect_error("the width 12", 32, odd_width_kernel);
}

__global__ void warp_tile_kernel(float* y, Fault fault) {
  __shared__ volatile float tile[32];
  tile[threadIdx.x] = static_cast<float>(threadIdx.x);
  for (unsigned step = 16; step > 0; step /= 2) {
    if (fault == Fault::kNone) __syncwarp();
    const float other = tile[threadIdx.x ^ step];
    if (fault == Fault::kNone) __syncwarp();
    tile[threadIdx.x] = tile[threadIdx.x] + other;
  }
  y[threadIdx.x] = tile[threadIdx.x];
}

TEST_CASE("emulator: code that trusts a warp to run in step is found") {
  const auto right = in_every_order(one_block_each(1, 32), 32, warp_tile_kernel, Fault::kNone);
  CHECK(orders_agree(right));
  CHECK(right[0][7] == 31 * 16);
  // Each thread runs to its end before the next one has written: what it reads is NaN.
  for (const auto& wrong :
       in_every_order(one_block_each(1, 32), 32, warp_tile_kernel, Fault::kSeeded))
    CHECK(wrong[7] != right[0][7]);
}

__global__ void histogram_kernel(float* y, int* counts, Fault fault) {
  const int bin = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x) % 7;
  if (fault == Fault::kNone) {
    atomicAdd(&counts[bin], 1);
  } else {
    y[bin] = static_cast<float>(blockIdx.x);  // the last block wins
  }
}

TEST_CASE("emulator: atomics count, and a race between blocks makes orders disagree") {
  for (int order = 0; order < 3; ++order) {
    const Context ctx(Device::kEmulated, 0, order);
    Tensor y(ctx, {7});
    IndexTensor counts = IndexTensor::zeros(ctx, {7});
    launch(ctx, "histogram", one_block_each(7, 64), histogram_kernel, y.data(), counts.data(),
           Fault::kNone);
    CHECK(counts.to_host() == std::vector<std::int32_t>(7, 64));
  }
  int* none = nullptr;
  CHECK_FALSE(orders_agree(
      in_every_order(one_block_each(9, 64), 7, histogram_kernel, none, Fault::kSeeded)));
}

__global__ void coordinates_kernel(float* y) {
  const unsigned block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
  const unsigned thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  const unsigned i = block * blockDim.x * blockDim.y * blockDim.z + thread;
  y[i] = static_cast<float>(i);
}

TEST_CASE("emulator: every thread of a three-dimensional grid runs once, and limits are a GPU's") {
  const auto y = in_every_order({{3, 2, 2}, {4, 3, 2}}, 12 * 24, coordinates_kernel);
  for (const auto& one : y)
    for (std::size_t i = 0; i < one.size(); ++i) CHECK(one[i] == static_cast<float>(i));
  const Context ctx(Device::kEmulated);
  Tensor out(ctx, {1});
  const auto start = [&](const LaunchShape& shape) {
    launch(ctx, "tested", shape, coordinates_kernel, out.data());
  };
  CHECK_THROWS_WITH_AS(start({{1}, {1025}}), doctest::Contains("cudaErrorInvalidConfiguration"),
                       Error);
  CHECK_THROWS_WITH_AS(start({{1}, {0}}), doctest::Contains("cudaErrorInvalidConfiguration"),
                       Error);
  CHECK_THROWS_WITH_AS(start({{1, 65536}, {32}}),
                       doctest::Contains("cudaErrorInvalidConfiguration"), Error);
  CHECK_THROWS_WITH_AS(start({{1}, {32}, 200 << 10}), doctest::Contains("bytes of shared memory"),
                       Error);
  CHECK_NOTHROW(start({{0}, {32}}));
}

}  // namespace
}  // namespace fgcn
