// The lazy device: a host that takes a launch or a copy for done before it waited gets NaN or an
// error. Each case is a host with that fault, and the same host without it.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "autograd/tensor.h"
#include "kernels/runtime/graph.h"
#include "kernels/runtime/launch.h"
#include "kernels/runtime/pinned.h"
#include "tests/device/gpus.h"

namespace fgcn {
namespace {

constexpr std::int64_t kSize = 40;

__global__ void lazy_double_kernel(const float* x, float* y, std::int64_t count) {
  const auto i = static_cast<std::int64_t>(threadIdx.x);
  if (i < count) y[i] = 2 * x[i];
}
__global__ void lazy_faulty_kernel() {
  if (threadIdx.x == 3) __syncthreads();
}

void twice(const Context& ctx, const float* x, float* y) {
  launch(ctx, "twice", one_block_each(1, 64), lazy_double_kernel, x, y, kSize);
}

TEST_CASE("lazy: a result in pinned memory is there once it was waited for, and NaN before") {
  const Context eager(Device::kEmulated, 1, test::kGuarded), ctx(Device::kEmulated, 1, test::kLazy);
  for (const Context* on : {&eager, &ctx}) {
    const Tensor x = Tensor::full(*on, {kSize}, real(3));
    Pinned<float> y(*on, kSize);
    twice(*on, x.data(), y.data());
    // Work that is done at once hides that nobody waited.
    CHECK(std::isnan(y.data()[7]) == (on == &ctx));
    on->synchronize();
    CHECK(y.data()[7] == 6);
  }
}

TEST_CASE("lazy: a mark waits for the work before it, and for no more") {
  const Context ctx(Device::kEmulated, 1, test::kLazy);
  const Tensor x = Tensor::full(ctx, {kSize}, real(3));
  Pinned<float> first(ctx, kSize), second(ctx, kSize), third(ctx, kSize);
  const std::unique_ptr<Mark> mark = ctx.runtime().make_mark();
  twice(ctx, x.data(), first.data());
  ctx.runtime().download_later(third.data(), x.data(), third.bytes());
  mark->set();
  twice(ctx, x.data(), second.data());
  mark->wait();
  CHECK(first.data()[0] == 6);
  CHECK(third.data()[0] == 3);
  CHECK(std::isnan(second.data()[0]));
  (void)x.to_host();  // a download waits for everything
  CHECK(second.data()[0] == 6);
}

TEST_CASE("lazy: what a kernel reads of the host must stay until it was waited for") {
  const Context ctx(Device::kEmulated, 1, test::kLazy);
  Pinned<float> x(ctx, kSize);
  Tensor y(ctx, {kSize});
  std::fill_n(x.data(), kSize, 5.0F);
  twice(ctx, x.data(), y.data());
  x.data()[3] = 100;
  CHECK(y.to_host()[3] == 200);  // not 10: the kernel ran after the change
  ctx.runtime().upload_later(y.data(), x.data(), x.bytes());
  x.data()[3] = 101;
  CHECK_THROWS_WITH_AS(ctx.synchronize(), doctest::Contains("was changed before"), Error);
}

TEST_CASE("lazy: a graph is as late as single launches, its copies too") {
  const Context ctx(Device::kEmulated, 1, test::kLazy);
  Pinned<float> in(ctx, kSize), out(ctx, kSize);
  const auto work = [&] {
    Tensor x(ctx, {kSize}), y(ctx, {kSize});
    ctx.runtime().upload_later(x.data(), in.data(), in.bytes());
    twice(ctx, x.data(), y.data());
    ctx.runtime().download_later(out.data(), y.data(), out.bytes());
  };
  const Graph graph(ctx, work);
  for (int i = 1; i <= 3; ++i) {
    std::fill_n(in.data(), kSize, static_cast<float>(i));
    graph.run();
    CHECK(std::isnan(out.data()[0]));  // not the round before
    ctx.synchronize();
    CHECK(out.data()[kSize - 1] == static_cast<float>(2 * i));
  }
  graph.run();
  in.data()[1] = 77;
  CHECK_THROWS_WITH_AS(ctx.synchronize(), doctest::Contains("was changed before"), Error);
}

TEST_CASE("lazy: a kernel's error shows where the host waits, and the device goes on") {
  const Context ctx(Device::kEmulated, 1, test::kLazy);
  const Tensor x = Tensor::full(ctx, {kSize}, real(3));
  CHECK_NOTHROW(launch(ctx, "faulty", one_block_each(1, 32), lazy_faulty_kernel));
  CHECK_THROWS_WITH_AS(ctx.synchronize(), doctest::Contains("returned before a barrier"), Error);
  CHECK(x.to_host()[0] == real(3));
}

TEST_CASE("lazy: released memory is kept for the work that was given before, and then reused") {
  const Context ctx(Device::kEmulated, 1, test::kLazy);
  const Tensor x = Tensor::full(ctx, {kSize}, real(3));
  Tensor y(ctx, {kSize}), z(ctx, {kSize});
  const std::uint64_t before = ctx.runtime().bytes_in_use();
  const float* released = nullptr;
  {
    Tensor between(ctx, {kSize});
    released = between.data();
    twice(ctx, x.data(), between.data());
    twice(ctx, between.data(), y.data());
  }
  CHECK(ctx.runtime().bytes_in_use() == before);
  {
    const Tensor other = Tensor::full(ctx, {kSize}, real(100));
    CHECK(other.data() != released);
    CHECK(y.to_host()[0] == real(12));
  }
  const Tensor other(ctx, {kSize});
  CHECK(std::isnan(other.to_host()[0]));
  // More than is kept back: the oldest is done without anybody waiting.
  Pinned<float> pinned(ctx, kSize);
  twice(ctx, x.data(), pinned.data());
  for (int i = 0; i < 2000; ++i) twice(ctx, x.data(), z.data());
  CHECK(pinned.data()[0] == 6);
}

}  // namespace
}  // namespace fgcn
