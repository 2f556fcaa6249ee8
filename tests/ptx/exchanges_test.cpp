// Shuffles, votes, matches, reductions and atomics of one warp, against loops.
#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <functional>
#include <random>
#include <set>

#include "tests/ptx/device_array.h"
#include "tests/ptx/exchange_kernels.h"

namespace fgcn::ptx {
namespace {

using Lanes = std::vector<u32>;

Lanes random_lanes(u32 bound, u64 seed) {
  std::mt19937_64 random(seed);
  Lanes lanes(kWarpSize);
  for (u32& lane : lanes) lane = static_cast<u32>(random() % bound);
  return lanes;
}

/// The source lane of a shuffle, -1 where there is none, as CUDA's guide describes the functions.
int source_lane(u32 row, int lane, int by, int width) {
  const int begin = lane / width * width;
  if (row == kRowIndex) return begin + by % width;
  if (row == kRowUp) return lane - by >= begin ? lane - by : -1;
  if (row == kRowDown) return lane + by < begin + width ? lane + by : -1;
  // A partner in an earlier segment can be read, one in a later cannot.
  return (lane ^ by) < begin + width ? lane ^ by : -1;
}

Lanes expected_exchanges(const Lanes& x, int by, int width) {
  Lanes y(kExchangeRows * kWarpSize);
  u32 odd = 0;
  for (u32 lane = 0; lane < kWarpSize; ++lane) odd |= (x[lane] & 1) << lane;
  const bool same = std::set<u32>(x.begin(), x.end()).size() == 1;
  for (u32 lane = 0; lane < kWarpSize; ++lane) {
    const auto set = [&](u32 row, u32 value) { y[row * kWarpSize + lane] = value; };
    for (const u32 row : {kRowIndex, kRowUp, kRowDown, kRowXor}) {
      const int source = source_lane(row, static_cast<int>(lane), by, width);
      set(row, x[source < 0 ? lane : static_cast<u32>(source)]);
      set(row + (kRowIndexValid - kRowIndex), source < 0 ? 0 : 1);
    }
    set(kRowBallot, odd);
    set(kRowAny, odd != 0);
    set(kRowAll, odd == kAllLanes);
    set(kRowUniform, odd == 0 || odd == kAllLanes);
    u32 matches = 0;
    for (u32 other = 0; other < kWarpSize; ++other)
      matches |= static_cast<u32>(x[other] == x[lane]) << other;
    set(kRowMatchAny, matches);
    set(kRowMatchAnyWide, matches);
    set(kRowMatchAll, same ? kAllLanes : 0);
    set(kRowMatchAllValid, same);
    set(kRowActiveMask, odd);  // even lanes write the others
  }
  return y;
}

TEST_CASE("exchanges: the lanes of a warp get what CUDA's guide says") {
  for (const int width : {32, 16, 8, 1}) {
    for (const int by : {0, 1, 3, 8, 17, 31}) {
      for (const u32 bound : {1u, 2u, 5u, 4000000000u}) {
        CAPTURE(width);
        CAPTURE(by);
        CAPTURE(bound);
        const Lanes x = random_lanes(bound, 3);
        const DeviceArray<u32> given(x), y(Lanes(kExchangeRows * kWarpSize));
        start_exchanges(given.data(), y.data(), static_cast<u32>(by), static_cast<u32>(width));
        REQUIRE(cudaGetLastError() == cudaSuccess);
        const Lanes got = y.values(), want = expected_exchanges(x, by, width);
        for (u32 row = 0; row < kExchangeRows; ++row) {
          CAPTURE(row);
          const u32 begin = row * kWarpSize;
          CHECK(std::equal(got.begin() + begin, got.begin() + begin + kWarpSize,
                           want.begin() + begin));
        }
      }
    }
  }
}

TEST_CASE("exchanges: reductions of a warp") {
  const RestoredSettings settings;
  options().architecture = 120;
  bool has_them = false;
  for (const auto& binary : device().functions.binaries) {
    for (const auto& module : binary->modules) has_them = has_them || module->architecture >= 80;
  }
  if (!has_them) {  // FGCN_PTX_ARCHITECTURES
    MESSAGE("no PTX for 80 or newer: reductions are not tested");
    return;
  }
  const Lanes x = random_lanes(4000000000u, 5);
  const DeviceArray<u32> given(x), y(Lanes(8 * kWarpSize));
  start_reductions(given.data(), y.data());
  REQUIRE(cudaGetLastError() == cudaSuccess);
  const auto fold = [&](auto f) {
    u32 value = x[0];
    for (u32 lane = 1; lane < kWarpSize; ++lane) value = f(value, x[lane]);
    return value;
  };
  const auto as_signed = [](u32 a) { return static_cast<s32>(a); };
  const Lanes want{
      fold([](u32 a, u32 b) { return a + b; }),
      fold([&](u32 a, u32 b) { return as_signed(a) < as_signed(b) ? a : b; }),
      fold([&](u32 a, u32 b) { return as_signed(a) < as_signed(b) ? b : a; }),
      fold([](u32 a, u32 b) { return std::min(a, b); }),
      fold([](u32 a, u32 b) { return std::max(a, b); }),
      fold([](u32 a, u32 b) { return a & b; }),
      fold([](u32 a, u32 b) { return a | b; }),
      fold([](u32 a, u32 b) { return a ^ b; }),
  };
  const Lanes got = y.values();
  for (u32 i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    CHECK(got[i] == want[i / kWarpSize]);
  }
}

TEST_CASE("atomics: what is left, and what was there before") {
  const Lanes x = random_lanes(4000000000u, 6);
  const Lanes begin{
      7, 2000000000u, 2000000000u, 5, 5, 0xffff0f0f, 3, 99, 1, 0, 2, 3, std::bit_cast<u32>(0.5f)};
  REQUIRE(begin.size() == kAtomicWords);
  using Step = std::function<u32(u32, u32, u32)>;  // old, operand, lane
  const auto as_signed = [](u32 a) { return static_cast<s32>(a); };
  const std::vector<Step> steps{
      [](u32 o, u32 b, u32) { return o + b; },
      [](u32 o, u32 b, u32) { return std::min(o, b); },
      [](u32 o, u32 b, u32) { return std::max(o, b); },
      [&](u32 o, u32 b, u32) { return as_signed(b) < as_signed(o) ? b : o; },
      [&](u32 o, u32 b, u32) { return as_signed(b) > as_signed(o) ? b : o; },
      [](u32 o, u32 b, u32) { return o & b; },
      [](u32 o, u32 b, u32) { return o | b; },
      [](u32 o, u32 b, u32) { return o ^ b; },
      [](u32, u32 b, u32) { return b; },
      [](u32 o, u32, u32 lane) { return o == lane ? lane + 1 : o; },
      [](u32 o, u32, u32) { return o >= kIncrementBound ? 0 : o + 1; },
      [](u32 o, u32, u32) { return o == 0 || o > kIncrementBound ? kIncrementBound : o - 1; },
      [](u32 o, u32, u32) { return std::bit_cast<u32>(std::bit_cast<f32>(o) + 1); },
  };
  for (const bool shared : {false, true}) {
    CAPTURE(shared);
    const DeviceArray<u32> given(x), words(begin), old(Lanes(kAtomicWords * kWarpSize));
    start_atomics(given.data(), words.data(), old.data(), shared);
    REQUIRE(cudaGetLastError() == cudaSuccess);
    const Lanes left = words.values(), before = old.values();
    for (u32 word = 0; word < kAtomicWords; ++word) {
      CAPTURE(word);
      u32 value = begin[word];
      for (u32 lane = 0; lane < kWarpSize; ++lane) {  // the simulator's order
        CHECK(before[word * kWarpSize + lane] == value);
        value = steps[word](value, x[lane], lane);
      }
      CHECK(left[word] == value);
    }
  }
}

}  // namespace
}  // namespace fgcn::ptx
