// The recorder's counts, on kernels whose requests, sectors and bank conflicts follow by hand
// from the rules in kernels/simt/access/request.h.
#include <doctest/doctest.h>

#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "autograd/tensor.h"
#include "kernels/core/rng.h"
#include "kernels/simt/access/race_finder.h"
#include "kernels/simt/access/recorder.h"
#include "tests/simt/access_kernels.h"

namespace fgcn {
namespace {

using simt::KernelTraffic;
using simt::RequestCount;
using simt::SiteCount;
using simt::Space;

/// Arrays of 4,096 elements on the recorded device, x and counts from 0 up, index all 0 or as
/// given.
struct Device {
  Context ctx{fgcn::Device::kEmulated};
  Tensor x, y;
  IndexTensor index, counts;

  explicit Device(std::vector<std::int32_t> indices = {}) {
    constexpr std::int64_t kSize = 4096;
    indices.resize(kSize);
    std::vector<float> values(kSize);
    std::iota(values.begin(), values.end(), 0.0F);
    x = Tensor::of(ctx, {kSize}, values);
    y = Tensor::zeros(ctx, {kSize});
    index = IndexTensor::of(ctx, {kSize}, indices);
    counts = IndexTensor::zeros(ctx, {kSize});
  }
  test::Arrays arrays() const { return {x.data(), y.data(), index.data(), counts.data()}; }
};

/// The one kernel that `body` launches.
KernelTraffic only(const Device& device, const std::function<void()>& body) {
  const simt::Recorder recorder(device.ctx);
  body();
  REQUIRE(recorder.traffic().size() == 1);
  return recorder.traffic().front();
}

/// Its sites of one kind, by code address.
std::vector<RequestCount> sites(const KernelTraffic& kernel, Space space, simt::Access access) {
  std::vector<RequestCount> out;
  for (const SiteCount& site : kernel.sites) {
    if (site.space == space && site.access == access) out.push_back(site.count);
  }
  return out;
}
RequestCount the_read(const KernelTraffic& kernel, Space space = Space::kGlobal) {
  const auto found = sites(kernel, space, simt::Access::kRead);
  REQUIRE(found.size() == 1);
  return found.front();
}
RequestCount the_write(const KernelTraffic& kernel, Space space = Space::kGlobal) {
  const auto found = sites(kernel, space, simt::Access::kWrite);
  REQUIRE(found.size() == 1);
  return found.front();
}

void check_global(const RequestCount& count, double requests, double lanes, double asked,
                  double sectors) {
  CHECK(count.requests == requests);
  CHECK(count.lanes == lanes);
  CHECK(count.asked == asked);
  CHECK(count.sectors == sectors);
}
void check_shared(const RequestCount& count, double requests, double passes, double turns) {
  CHECK(count.requests == requests);
  CHECK(count.passes == passes);
  CHECK(count.turns == turns);
}

TEST_CASE("neighbours that read neighbours take four sectors a request") {
  const Device d;
  const KernelTraffic k = only(d, [&] { test::coalesced(d.ctx, d.arrays(), 256); });
  check_global(the_read(k), 8, 256, 1024, 32);
  check_global(the_write(k), 8, 256, 1024, 32);
  CHECK(k.name == "coalesced");
  CHECK(k.code != 0);
  CHECK(k.threads == 256);
  CHECK(k.launches == 1);
  CHECK(k.blocks == 1);
  CHECK(k.grid_bytes == 2048);
  CHECK(k.block_bytes == 2048);
}

TEST_CASE("a warp that is not full asks for less") {
  const Device d;
  const KernelTraffic k = only(d, [&] { test::coalesced(d.ctx, d.arrays(), 40); });
  check_global(the_read(k), 2, 40, 160, 5);
}

TEST_CASE("a start between sectors costs one more") {
  const Device d;
  const KernelTraffic k = only(d, [&] { test::misaligned(d.ctx, d.arrays()); });
  check_global(the_read(k), 1, 32, 128, 5);
  check_global(the_write(k), 1, 32, 128, 4);
}

TEST_CASE("pieces of 16 bytes are one access") {
  const Device d;
  const KernelTraffic k = only(d, [&] { test::pieces(d.ctx, d.arrays()); });
  check_global(the_read(k), 1, 32, 512, 16);
  check_global(the_write(k), 1, 32, 512, 16);
  for (const SiteCount& site : k.sites) CHECK(site.bytes == 16);
}

TEST_CASE("strides spread a request over more sectors") {
  const Device d;
  for (const auto& [step, sectors] : {std::pair{2, 8}, {3, 12}, {8, 32}, {32, 32}}) {
    CAPTURE(step);
    const KernelTraffic k = only(d, [&, step = step] { test::strided(d.ctx, d.arrays(), step); });
    check_global(the_read(k), 1, 32, 128, sectors);
    check_global(the_write(k), 1, 32, 128, 4);
    CHECK(k.grid_bytes == 32 * (sectors + 4));
  }
}

TEST_CASE("a word that all lanes read is asked for once") {
  const Device d;
  const KernelTraffic k = only(d, [&] { test::broadcast(d.ctx, d.arrays()); });
  check_global(the_read(k), 1, 32, 4, 1);
}

TEST_CASE("a random gather takes the sectors of its places") {
  Rng rng(1);
  std::vector<std::int32_t> places(32);
  std::vector<bool> sector(512), word(4096);
  double sectors = 0, words = 0;
  for (std::int32_t& place : places) {
    place = static_cast<std::int32_t>(rng.below(4096));
    const auto i = static_cast<std::size_t>(place);
    sectors += sector[i / 8] ? 0 : 1;
    words += word[i] ? 0 : 1;
    sector[i / 8] = word[i] = true;
  }
  const Device d(places);
  const KernelTraffic k = only(d, [&] { test::gathered(d.ctx, d.arrays()); });
  const auto reads = sites(k, Space::kGlobal, simt::Access::kRead);
  REQUIRE(reads.size() == 2);
  check_global(reads[0], 1, 32, 128, 4);
  check_global(reads[1], 1, 32, 4 * words, sectors);
  CHECK(sectors > 24);
}

TEST_CASE("a sum in place reads, then writes") {
  const Device d;
  const KernelTraffic k = only(d, [&] { test::in_place(d.ctx, d.arrays()); });
  CHECK(sites(k, Space::kGlobal, simt::Access::kRead).size() == 2);
  check_global(the_write(k), 1, 32, 128, 4);
  CHECK(k.grid_bytes == 3 * 128);
}

TEST_CASE("ways that part are requests of their own, and meet again") {
  const Device d;
  const KernelTraffic k = only(d, [&] { test::divergent(d.ctx, d.arrays()); });
  const auto reads = sites(k, Space::kGlobal, simt::Access::kRead);
  REQUIRE(reads.size() == 2);
  for (const RequestCount& read : reads) check_global(read, 1, 16, 64, 4);
  check_global(the_write(k), 1, 32, 128, 4);
}

TEST_CASE("a loop of different lengths goes on with the lanes that are left") {
  // Thread t goes round t times: 31 requests, 31 + 30 + ... + 1 lanes, all of one word.
  std::vector<std::int32_t> rounds(32);
  std::iota(rounds.begin(), rounds.end(), 0);
  const Device d(rounds);
  const KernelTraffic k = only(d, [&] { test::loops(d.ctx, d.arrays()); });
  const auto reads = sites(k, Space::kGlobal, simt::Access::kRead);
  REQUIRE(reads.size() == 2);
  check_global(reads[0], 1, 32, 128, 4);
  check_global(reads[1], 31, 31 * 16, 31 * 4, 31);
  check_global(the_write(k), 1, 32, 128, 4);
}

TEST_CASE("lanes wait at the end of an inner loop, not for the same number of accesses") {
  // Even threads go round 5 and 1 times, odd ones 1 and 5: both rounds take 5 requests. Threads
  // that were put together by how often they came would take 6 in all.
  std::vector<std::int32_t> rounds(64);
  for (std::size_t t = 0; t < 64; ++t) rounds[t] = (t % 2 == 0) == (t < 32) ? 5 : 1;
  const Device d(rounds);
  const KernelTraffic k = only(d, [&] { test::nested_loops(d.ctx, d.arrays(), 2); });
  const auto reads = sites(k, Space::kGlobal, simt::Access::kRead);
  REQUIRE(reads.size() == 2);
  check_global(reads[0], 2, 64, 256, 8);
  check_global(reads[1], 10, 2 * (32 + 4 * 16), 40, 10);
  check_global(the_write(k), 1, 32, 128, 4);
}

TEST_CASE("a tile's column lies in one bank, or in 32 where rows are padded") {
  const Device d;
  for (const auto& [width, turns] : {std::pair{32, 32}, {33, 1}}) {
    CAPTURE(width);
    const KernelTraffic k =
        only(d, [&, width = width] { test::transposed(d.ctx, d.arrays(), width); });
    check_shared(the_write(k, Space::kShared), 32, 32, 32);
    check_shared(the_read(k, Space::kShared), 32, 32, 32.0 * turns);
    check_global(the_read(k), 32, 1024, 4096, 128);
    check_global(the_write(k), 32, 1024, 4096, 128);
    CHECK(k.threads == 256);
    CHECK(k.dynamic_shared == static_cast<std::size_t>(128 * width));
  }
}

TEST_CASE("static shared memory is told from device memory") {
  const Device d;
  const KernelTraffic k = only(d, [&] { test::reversed(d.ctx, d.arrays()); });
  check_shared(the_write(k, Space::kShared), 1, 1, 1);
  check_shared(the_read(k, Space::kShared), 1, 1, 1);
  CHECK(k.grid_bytes == 256);
}

TEST_CASE("words of one bank are taken by turns") {
  const Device d;
  for (const auto& [step, turns] : {std::pair{1, 1}, {2, 2}, {4, 4}, {31, 1}, {32, 32}}) {
    CAPTURE(step);
    const KernelTraffic k =
        only(d, [&, step = step] { test::shared_strided(d.ctx, d.arrays(), step); });
    check_shared(the_read(k, Space::kShared), 1, 1, turns);
    check_shared(the_write(k, Space::kShared), 1, 1, turns);
  }
}

TEST_CASE("16-byte pieces of shared memory go by quarters of a warp") {
  const Device d;
  for (const auto& [step, turns] : {std::pair{1, 4}, {2, 8}, {3, 4}, {8, 32}}) {
    CAPTURE(step);
    const KernelTraffic k =
        only(d, [&, step = step] { test::shared_pieces(d.ctx, d.arrays(), step); });
    check_shared(the_read(k, Space::kShared), 1, 4, turns);
    check_shared(the_write(k, Space::kShared), 1, 4, turns);
  }
}

TEST_CASE("an atomic is one access that reads and writes") {
  std::vector<std::int32_t> places(32);
  for (std::size_t t = 0; t < 32; ++t) places[t] = static_cast<std::int32_t>(t / 4 * 8);
  const Device d(places);
  const KernelTraffic k = only(d, [&] { test::counted(d.ctx, d.arrays()); });
  const auto atomics = sites(k, Space::kGlobal, simt::Access::kAtomic);
  REQUIRE(atomics.size() == 1);
  check_global(atomics[0], 1, 32, 32, 8);
  CHECK(sites(k, Space::kGlobal, simt::Access::kWrite).empty());
  CHECK(k.grid_bytes == 128 + 2 * 8 * 32);
  CHECK(d.counts.to_host()[8] == 4);
}

TEST_CASE("stores one by one stay four, fills too") {
  const Device d;
  for (const auto& run : {test::four_stores, test::filled}) {
    const KernelTraffic k = only(d, [&] { run(d.ctx, d.arrays()); });
    const auto writes = sites(k, Space::kGlobal, simt::Access::kWrite);
    RequestCount sum;
    for (const RequestCount& write : writes) sum += write;
    check_global(sum, 4, 128, 512, 64);
    CHECK(k.grid_bytes == 512);
  }
}

TEST_CASE("a block forgets what it read, a launch does not") {
  const Device d;
  const KernelTraffic k = only(d, [&] { test::same_input(d.ctx, d.arrays(), 10); });
  CHECK(k.blocks == 10);
  CHECK(k.block_bytes == 10 * 256);
  CHECK(k.grid_bytes == 128 + 10 * 128);
}

TEST_CASE("of many blocks some are traced, and scaled") {
  const Device d;
  const simt::Recorder recorder(d.ctx, 3);
  test::same_input(d.ctx, d.arrays(), 10);
  test::same_input(d.ctx, d.arrays(), 2);
  const std::vector<KernelTraffic> all = recorder.traffic();
  REQUIRE(all.size() == 1);
  const KernelTraffic& k = all.front();
  CHECK(k.launches == 2);
  CHECK(k.blocks == 12);
  CHECK(k.traced_blocks == 4);  // the third and the seventh of ten, both of two
  check_global(the_read(k), 12, 384, 12 * 128, 48);
  CHECK(k.block_bytes == 12 * 256);
  CHECK(k.grid_bytes == 2 * 128 + 12 * 128);
}

TEST_CASE("fills and copies count as transfers") {
  const Device d;
  const simt::Recorder recorder(d.ctx);
  d.ctx.runtime().zero(d.y.data(), 400);
  d.ctx.runtime().copy(d.y.data(), d.x.data(), 100);
  const std::vector<KernelTraffic> all = recorder.traffic();
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == "zero");
  CHECK(all[0].grid_bytes == 400);
  CHECK(all[1].name == "copy");
  CHECK(all[1].grid_bytes == 200);
  CHECK(all[1].code == 0);
}

TEST_CASE("nothing is recorded without a recorder, nor on a CPU") {
  const Device d;
  test::coalesced(d.ctx, d.arrays(), 32);
  CHECK(d.y.to_host()[5] == 10);
  const Context cpu;
  CHECK_THROWS_AS(simt::Recorder{cpu}, Error);
  CHECK_THROWS_AS((simt::Recorder{d.ctx, 0}), Error);
}

TEST_CASE("kernels that wait for each other where they must have no race; two grids are in order") {
  const Device device;
  const simt::RaceFinder finder(device.ctx);
  test::reversed(device.ctx, device.arrays());
  test::transposed(device.ctx, device.arrays(), 33);
  test::counted(device.ctx, device.arrays());  // all to one place, by atomics
  test::same_input(device.ctx, device.arrays(), 4);
  test::in_place(device.ctx, device.arrays());
  CHECK(finder.races().empty());
}

}  // namespace
}  // namespace fgcn
