#include "train/dataset/same_person.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "io/hash.h"
#include "kernels/core/error.h"
#include "kernels/core/rng.h"

namespace fgcn::train {
namespace {

using Numbers = std::vector<std::vector<real>>;

TEST_CASE("photos of one person have the least hash of their keys, through any chain") {
  // On a line: 0, 0.2 and 0.4 are a chain; 0.8 is apart; 2 stands alone but shares a key with 0.8.
  const Numbers at{{0, 0}, {2, 0}, {0.2F, 0}, {0.8F, 0}, {0.4F, 0}, {}};
  const std::vector<std::string> keys{"a", "z", "b", "z", "c", "d"};
  const std::vector<std::uint64_t> found = person_keys(at, keys, 0.25);
  const std::uint64_t chain = std::min({hash64("a"), hash64("b"), hash64("c")});
  CHECK(found[0] == chain);
  CHECK(found[2] == chain);
  CHECK(found[4] == chain);
  CHECK(found[1] == hash64("z"));
  CHECK(found[3] == hash64("z"));
  CHECK(found[5] == hash64("d"));  // nothing is known of it
  for (std::size_t i = 0; i < keys.size(); ++i)
    CHECK(person_keys(at, keys, 0.1)[i] == hash64(keys[i]));
  CHECK_THROWS_AS(person_keys({{1, 2}, {1}}, {"a", "b"}, 1), Error);
  CHECK_THROWS_AS(person_keys({{1, 2}}, {"a", "b"}, 1), Error);
}

TEST_CASE("groups are those of all pairs, in any order; more photos only lower a hash") {
  constexpr std::size_t kCount = 200;
  Rng rng(8);
  Numbers at;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < kCount; ++i) {
    at.push_back({static_cast<real>(rng.uniform()), static_cast<real>(rng.uniform())});
    keys.push_back("k" + std::to_string(rng.below(150)));
  }
  constexpr double kNear = 0.03;
  const auto found = person_keys(at, keys, kNear);

  // By relaxing over all pairs until nothing changes.
  std::vector<std::uint64_t> expected;
  for (const std::string& key : keys) expected.push_back(hash64(key));
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = 0; i < kCount; ++i) {
      for (std::size_t j = 0; j < kCount; ++j) {
        const double x = static_cast<double>(at[i][0]) - static_cast<double>(at[j][0]);
        const double y = static_cast<double>(at[i][1]) - static_cast<double>(at[j][1]);
        if (!(x * x + y * y <= kNear * kNear || keys[i] == keys[j])) continue;
        if (expected[j] < expected[i]) {
          expected[i] = expected[j];
          changed = true;
        }
      }
    }
  }
  CHECK(found == expected);

  std::vector<std::size_t> order(kCount);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = kCount; i > 1; --i)
    std::swap(order[i - 1],
              order[static_cast<std::size_t>(rng.below(static_cast<std::int64_t>(i)))]);
  Numbers mixed;
  std::vector<std::string> mixed_keys;
  for (const std::size_t i : order) {
    mixed.push_back(at[i]);
    mixed_keys.push_back(keys[i]);
  }
  const auto again = person_keys(mixed, mixed_keys, kNear);
  for (std::size_t i = 0; i < kCount; ++i) CHECK(again[i] == found[order[i]]);

  mixed.resize(120);
  mixed_keys.resize(120);
  const auto fewer = person_keys(mixed, mixed_keys, kNear);
  int lower = 0;
  for (std::size_t i = 0; i < 120; ++i) {
    CHECK(again[i] <= fewer[i]);
    lower += again[i] < fewer[i] ? 1 : 0;
  }
  CHECK(lower > 0);
}

}  // namespace
}  // namespace fgcn::train
