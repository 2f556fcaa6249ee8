// Recorded work, copies that nobody waits for, and counts: first a GPU's own, without networks.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "autograd/tensor.h"
#include "kernels/binary/binary.h"
#include "kernels/gemm/gemm.h"
#include "kernels/runtime/graph.h"
#include "kernels/runtime/pinned.h"
#include "tests/device/gpus.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

using kernels::Binary;

void add(const Context& ctx, const Tensor& a, const Tensor& b, Tensor& y) {
  kernels::binary(ctx, Binary::kAdd, a.view(), b.view(), y.view());
}

TEST_CASE("a graph does nothing while it is recorded, and the same work each time it runs") {
  test::on_every_gpu([](const Context& ctx) {
    const Tensor one = Tensor::full(ctx, {300}, real(1));
    Tensor sum = Tensor::zeros(ctx, {300});
    const auto work = [&] {
      Tensor twice(ctx, {300});  // of the graph
      add(ctx, one, one, twice);
      Tensor next(ctx, {300});
      add(ctx, sum, twice, next);
      ctx.runtime().copy(sum.data(), next.data(), sum.bytes());
    };
    const Graph graph(ctx, work);
    CHECK(sum.to_host()[7] == real(0));
    for (int i = 0; i < 3; ++i) graph.run();
    CHECK(sum.to_host() == std::vector<real>(300, real(6)));
    work();
    CHECK(sum.to_host() == std::vector<real>(300, real(8)));
  });
}

TEST_CASE("a graph's products are recorded too, and read what is in memory when it runs") {
  test::on_every_gpu(
      [](const Context& ctx) {
        Rng rng(1);
        const Tensor b = test::uniform({5, 3}, rng).to(ctx);
        Tensor a = test::uniform({4, 5}, rng).to(ctx), y(ctx, {4, 3});
        const auto product = [&] {
          kernels::gemm(ctx, {}, std::as_const(a).view(), b.view(), y.view());
        };
        product();  // the library's handle is made here
        const Graph graph(ctx, product);
        const Tensor other = test::uniform({4, 5}, rng).to(ctx);
        ctx.runtime().copy(a.data(), other.data(), a.bytes());
        graph.run();
        const std::vector<real> replayed = y.to_host();
        product();
        CHECK(y.to_host() == replayed);
      },
      {.needs = {"cublas"}});
}

TEST_CASE("a graph keeps its memory to itself, and reuses it within") {
  test::on_every_gpu([](const Context& ctx) {
    const Tensor one = Tensor::full(ctx, {1000}, real(1));
    const std::uint64_t before = ctx.runtime().bytes_in_use();
    Tensor result;
    {
      const Graph graph(ctx, [&] {
        for (int i = 0; i < 10; ++i) {
          Tensor y(ctx, {1000});
          add(ctx, one, one, y);
          if (i == 9) result = y;
        }
      });
      // Ten arrays one after another in the room of one or two.
      CHECK(ctx.runtime().bytes_in_use() - before <= 2 * 4096);
      std::vector<Tensor> others;
      for (int i = 0; i < 4; ++i) others.push_back(Tensor::zeros(ctx, {1000}));
      graph.run();
      for (const Tensor& other : others) CHECK(other.to_host() == std::vector<real>(1000, real(0)));
    }
    // The graph is gone; the tensor made in it is not.
    CHECK(result.to_host() == std::vector<real>(1000, real(2)));
    result = {};
    CHECK(ctx.runtime().bytes_in_use() == before);
  });
}

TEST_CASE("what a graph releases of others stays as long as the graph") {
  test::on_every_gpu([](const Context& ctx) {
    Tensor given = Tensor::full(ctx, {50}, real(3)), y(ctx, {50});
    const Graph graph(ctx, [&] {
      add(ctx, given, given, y);
      given = {};
    });
    std::vector<Tensor> others;
    for (int i = 0; i < 4; ++i) others.push_back(Tensor::full(ctx, {50}, real(9)));
    graph.run();
    CHECK(y.to_host() == std::vector<real>(50, real(6)));
  });
}

TEST_CASE("what cannot be recorded is said, and the device goes on") {
  test::on_every_gpu([](const Context& ctx) {
    const Tensor x = Tensor::full(ctx, {4}, real(1));
    const auto refused = [&](const std::function<void()>& work) {
      CHECK_THROWS_WITH_AS(Graph(ctx, work), doctest::Contains("while work is recorded"), Error);
    };
    refused([&] { (void)x.to_host(); });
    refused([&] { (void)Tensor::of(ctx, {2}, std::vector<real>{1, 2}); });
    refused([&] { ctx.synchronize(); });
    CHECK_THROWS_WITH_AS(Graph(ctx, [&] { Graph(ctx, [] {}); }),
                         doctest::Contains("recorded already"), Error);
    CHECK(x.to_host() == std::vector<real>(4, real(1)));
  });
  CHECK_THROWS_WITH_AS(Graph(Context(), [] {}), doctest::Contains("records no work"), Error);
}

TEST_CASE("a library's first call cannot be recorded") {
  test::on_every_gpu(
      [](const Context& ctx) {
        const Context fresh(ctx.device());
        Tensor a = Tensor::zeros(fresh, {2, 2}), y(fresh, {2, 2});
        CHECK_THROWS_WITH_AS(
            Graph(fresh,
                  [&] { kernels::gemm(fresh, {}, std::as_const(a).view(), a.view(), y.view()); }),
            doctest::Contains("the first product is being recorded"), Error);
      },
      {.needs = {"cublas"}});
}

/// The sum 1 + ... + 5 by five uploads from a ring, and how often the host waited before it asked
/// for the result.
std::int64_t waits_of_uploads(const Context& ctx, std::int64_t arrays) {
  constexpr std::int64_t kSize = 40;
  PinnedRing<real> ring(ctx, kSize, arrays);
  Tensor device(ctx, {kSize}), sum = Tensor::zeros(ctx, {kSize});
  Pinned<real> back(ctx, kSize);
  const std::unique_ptr<Mark> arrived = ctx.runtime().make_mark();
  ctx.runtime().reset_counts();
  for (int i = 1; i <= 5; ++i) {
    std::fill_n(ring.fill(), kSize, static_cast<real>(i));
    ring.upload(device.data());
    Tensor next(ctx, {kSize});
    add(ctx, sum, device, next);
    ctx.runtime().copy(sum.data(), next.data(), sum.bytes());
  }
  ctx.runtime().download_later(back.data(), sum.data(), sum.bytes());
  const std::int64_t waits = ctx.runtime().counts().synchronisations;
  if (ctx.device() == Device::kEmulated)
    CHECK(std::isnan(back.data()[0]));  // not there before it is waited for
  arrived->set();
  arrived->wait();
  CHECK(back.data()[kSize - 1] == real(15));
  CHECK(ctx.runtime().counts().uploads == 5);
  CHECK(ctx.runtime().counts().downloads == 1);
  return waits;
}

TEST_CASE("pinned memory is copied without waiting, and the arrays of a ring take turns") {
  test::on_every_gpu([](const Context& ctx) {
    CHECK(waits_of_uploads(ctx, 5) == 0);
    (void)waits_of_uploads(ctx, 2);
  });
  if (!available(Device::kEmulated)) return;
  // Each upload from the third on needs an array that a device which does nothing has not read.
  CHECK(waits_of_uploads(Context(Device::kEmulated, 1, test::kGuarded), 2) == 0);
  CHECK(waits_of_uploads(Context(Device::kEmulated, 1, test::kLazy), 2) == 3);
  CHECK(waits_of_uploads(Context(Device::kEmulated, 1, test::kLazy), 1) == 4);
}

TEST_CASE("the emulated device sees pinned memory that is changed too early, or is not pinned") {
  if (!available(Device::kEmulated)) return;
  const Context ctx(Device::kEmulated);
  Pinned<real> host(ctx, 8);
  Tensor device(ctx, {8});
  std::fill_n(host.data(), 8, real(1));
  ctx.runtime().upload_later(device.data(), host.data(), host.bytes());
  host.data()[3] = 2;
  CHECK_THROWS_WITH_AS(ctx.synchronize(), doctest::Contains("was changed before"), Error);
  real plain[8] = {};
  CHECK_THROWS_WITH_AS(ctx.runtime().upload_later(device.data(), plain, sizeof plain),
                       doctest::Contains("not in pinned memory"), Error);
}

#if defined(__unix__) && !defined(__SANITIZE_ADDRESS__)
TEST_CASE("a host that follows a pointer into guarded device memory is stopped") {
  const Context ctx = test::counted_device(test::kGuarded);
  const Tensor x = Tensor::full(ctx, {10}, real(2));
  CHECK(x.to_host()[3] == real(2));
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    signal(SIGSEGV, SIG_DFL);
    const volatile real* data = x.data();
    _exit(data[3] == real(2) ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGSEGV);
}
#endif

TEST_CASE("work is counted") {
  const Context ctx = test::counted_device();
  const Tensor x = Tensor::full(ctx, {10}, real(2));
  Tensor y = Tensor::zeros(ctx, {10});
  CHECK(ctx.runtime().counts().fills == 2);
  CHECK(ctx.runtime().counts().synchronisations == 0);
  add(ctx, x, x, y);
  ctx.runtime().copy(y.data(), x.data(), x.bytes());
  (void)y.to_host();
  const WorkCounts& counts = ctx.runtime().counts();
  CHECK(counts.launches == 1);
  CHECK(counts.copies == 1);
  CHECK(counts.downloads == 1);
  CHECK(counts.synchronisations == 1);
  CHECK(counts.commands() == 5);
}

TEST_CASE("a part of a tensor shares its memory and stays within it") {
  test::on_every_gpu([](const Context& ctx) {
    const Tensor whole = Tensor::of(ctx, {6}, std::vector<real>{0, 1, 2, 3, 4, 5});
    const Tensor part = whole.part(1, {2, 2}), inner = part.part(2, {1});
    CHECK(part.to_host() == std::vector<real>{1, 2, 3, 4});
    CHECK(inner.item() == real(3));
    CHECK(inner.data() == whole.data() + 3);
    CHECK_THROWS_WITH_AS(whole.part(5, {2}), doctest::Contains("part: [2] from element 5"), Error);
    CHECK_THROWS_AS(part.part(-1, {1}), Error);
  });
}

TEST_CASE("a device is chosen by name, or refused in one sentence") {
  CHECK(choose_device("cpu").device == Device::kCpu);
  if (available(Device::kEmulated)) CHECK(choose_device("emulated").device == Device::kEmulated);
  const bool gpu = available(Device::kCuda);
  CHECK(choose_device("auto").device == (gpu ? Device::kCuda : Device::kCpu));
  if (gpu) {
    CHECK(choose_device("cuda").ordinal == 0);
    CHECK_THROWS_WITH_AS(choose_device("cuda:99"), doctest::Contains("CUDA devices"), InputError);
  } else {
    CHECK_THROWS_AS(choose_device("cuda"), InputError);
    CHECK_THROWS_AS(choose_device("cuda:1"), InputError);
  }
  for (const char* name : {"", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:123456789", "cuda1"})
    CHECK_THROWS_WITH_AS(choose_device(name), doctest::Contains("there is no such device"),
                         InputError);
}

}  // namespace
}  // namespace fgcn
