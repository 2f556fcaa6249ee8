#include "kernels/gpu/divider.h"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

#include "kernels/core/rng.h"

namespace fgcn {
namespace {

TEST_CASE("divider: quotient and remainder are those of a division, to the largest numbers") {
  Rng rng(1);
  std::vector<std::int64_t> divisors{1, 2, 3, 4, 5, 7, 31, 32, 33, 641, 1025, 35709};
  for (int bit = 30; bit < 62; ++bit) {
    const std::int64_t power = std::int64_t{1} << bit;
    divisors.insert(divisors.end(), {power - 1, power, power + rng.below(power - 1)});
  }
  const std::int64_t largest = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t d : divisors) {
    CAPTURE(d);
    const Divider divider(d);
    std::vector<std::int64_t> numbers{0, 1, d - 1, d, largest, largest - 1};
    if (d < largest / 2) numbers.insert(numbers.end(), {d + 1, 2 * d - 1, 2 * d});
    // Just below and at a multiple, where an inexact factor would show.
    numbers.insert(numbers.end(), {largest / d * d - (d == 1 ? 0 : 1), largest / d * d});
    for (int i = 0; i < 200; ++i) {
      const std::int64_t n = rng.below(largest) >> rng.below(62);
      numbers.insert(numbers.end(), {n, n / d * d});
      if (n / d > 0) numbers.push_back(n / d * d - 1);
    }
    for (const std::int64_t n : numbers) {
      const Split split = divider.split(n);
      const bool right = split.quotient == n / d && split.remainder == n % d;
      CHECK_MESSAGE(right, n);
    }
  }
}

TEST_CASE("small divider: quotient and remainder are those of a division, below 2^31") {
  Rng rng(2);
  const std::int64_t end = std::int64_t{1} << 31;
  std::vector<std::int64_t> divisors{1, 2, 3, 4, 5, 7, 31, 32, 33, 641, 1025, 35709, end - 1};
  for (int bit = 3; bit < 31; ++bit) {
    const std::int64_t power = std::int64_t{1} << bit;
    divisors.insert(divisors.end(), {power - 1, power, power + 1, power + rng.below(power - 1)});
  }
  for (const std::int64_t d : divisors) {
    CAPTURE(d);
    const SmallDivider divider(d);
    std::vector<std::int64_t> numbers{0, 1, d - 1, d, end - 1, end - 2, (end - 1) / d * d};
    if (d > 1) numbers.push_back((end - 1) / d * d - 1);
    for (int i = 0; i < 200; ++i) {
      const std::int64_t n = rng.below(end) >> rng.below(31);
      numbers.insert(numbers.end(), {n, n / d * d});
      if (n / d > 0) numbers.push_back(n / d * d - 1);
    }
    for (const std::int64_t n : numbers) {
      if (n >= end) continue;
      const SmallSplit split = divider.split(static_cast<int>(n));
      const bool right = split.quotient == n / d && split.remainder == n % d;
      CHECK_MESSAGE(right, n);
    }
  }
}

TEST_CASE("divider: names a divisor out of range") {
  CHECK_THROWS_WITH_AS(Divider(0), doctest::Contains("divider: by 0"), Error);
  CHECK_THROWS_WITH_AS(Divider(-3), doctest::Contains("by -3"), Error);
  CHECK_THROWS_AS(Divider(std::int64_t{1} << 62), Error);
  CHECK_THROWS_WITH_AS(SmallDivider(0), doctest::Contains("small divider: by 0"), Error);
  CHECK_THROWS_AS(SmallDivider(std::int64_t{1} << 31), Error);
}

}  // namespace
}  // namespace fgcn
