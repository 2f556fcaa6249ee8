// Losses that wait on the device until somebody asks: every step's own, in order, once.
#include "train/unread_losses.h"

#include <doctest/doctest.h>

#include <limits>

#include "kernels/core/not_finite.h"

namespace fgcn::train {
namespace {

LossNames names(std::initializer_list<std::string> list) {
  return std::make_shared<const std::vector<std::string>>(list);
}

std::vector<NamedLoss> losses(std::initializer_list<NamedLoss> list) { return list; }

TEST_CASE("unread losses: steps of few and of many losses, in parts, come back in order and once") {
  const Context ctx(Device::kCpu, 1);
  UnreadLosses unread(ctx, "a step", 4);
  const LossNames photo = names({"photo", "total"}), critic = names({"real", "fake"});
  const std::vector<real> first{1, 2}, second{3, 4}, judged{5, 6}, third{7, 8};
  unread.keep({{photo, first.data()}});
  unread.keep({{photo, second.data()}, {critic, judged.data()}});
  unread.keep({{photo, third.data()}});
  CHECK(unread.size() == 3);
  const auto rows = unread.take();
  REQUIRE(rows.size() == 3);
  CHECK(rows[0] == losses({{"total", 2}, {"photo", 1}}));
  CHECK(rows[1] == losses({{"total", 4}, {"photo", 3}, {"real", 5}, {"fake", 6}}));
  CHECK(rows[2] == losses({{"total", 8}, {"photo", 7}}));
  CHECK(unread.size() == 0);
  CHECK(unread.take().empty());
  unread.keep({{critic, judged.data()}});
  const auto later = unread.take();
  REQUIRE(later.size() == 1);
  CHECK(later[0] == losses({{"real", 5}, {"fake", 6}}));
}

TEST_CASE("unread losses: no room, too many of a step, and what is not finite are said") {
  const Context ctx(Device::kCpu, 1);
  UnreadLosses unread(ctx, "a step", 2);
  const LossNames two = names({"total", "photo"}), one = names({"fake"});
  const std::vector<real> values{1, 2};
  CHECK_THROWS_WITH_AS(unread.keep({{two, values.data()}, {one, values.data()}}),
                       doctest::Contains("a step: more than 2 losses"), Error);
  for (std::int64_t i = 0; i < UnreadLosses::kMost; ++i) unread.keep({{two, values.data()}});
  CHECK_THROWS_WITH_AS(unread.keep({{two, values.data()}}), doctest::Contains("of 64 steps"),
                       Error);
  CHECK(unread.take().size() == 64);
  const std::vector<real> bad{1, std::numeric_limits<real>::quiet_NaN()};
  unread.keep({{two, bad.data()}});
  CHECK_THROWS_WITH_AS(unread.take(), doctest::Contains("a step: the loss 'photo' is nan"),
                       NotFinite);
}

}  // namespace
}  // namespace fgcn::train
