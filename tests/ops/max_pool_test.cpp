#include "autograd/ops/max_pool.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "autograd/ops/binary.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

using kernels::MaxPoolOptions;

struct Case {
  const char* name;
  Shape x;
  MaxPoolOptions options;
  std::int64_t levels = 0;  // values drawn from so many, so that windows hold ties; 0: all differ
};
const Case kCases[] = {
    {"one element", {1, 1, 1, 1}, {.window = 1, .stride = 1}},
    {"halves", {2, 6, 8, 4}, {}},
    {"a row and a column left out", {2, 7, 5, 3}, {}},
    {"overlapping", {2, 9, 11, 5}, {.window = 3, .stride = 2}},
    {"overlapping pieces", {3, 10, 7, 32}, {.window = 3, .stride = 2}},
    {"ties", {2, 12, 9, 8}, {.window = 3, .stride = 2}, 3},
    {"all the same", {1, 5, 5, 4}, {.window = 3, .stride = 1, .pad = 1}, 1},
    {"padded", {2, 5, 8, 4}, {.window = 3, .stride = 2, .pad = 1}},
    {"padded by all but one", {1, 4, 3, 6}, {.window = 4, .stride = 3, .pad = 3}},
    {"stride over the window", {2, 11, 10, 12}, {.window = 2, .stride = 3}},
    {"dense", {1, 9, 9, 7}, {.window = 4, .stride = 1}},
    {"wide windows", {2, 11, 12, 3}, {.window = 9, .stride = 1, .pad = 5}},
    {"wide windows of pieces", {1, 12, 11, 8}, {.window = 9, .stride = 1, .pad = 5}},
    {"whole image", {2, 6, 6, 33}, {.window = 6, .stride = 6}},
    {"window over the image", {1, 1, 2, 4}, {.window = 3, .stride = 1, .pad = 1}},
    {"more than one block", {2, 23, 19, 16}, {.window = 3, .stride = 2}},
    {"no images", {0, 5, 5, 2}, {}},
    {"no channels", {1, 5, 5, 0}, {}},
};

Shape pooled(const Case& k) {
  return {k.x[0], kernels::max_pool_size(k.x[1], k.options),
          kernels::max_pool_size(k.x[2], k.options), k.x[3]};
}

Tensor image_of(const Case& k, Rng& rng) {
  if (k.levels == 0) return test::uniform(k.x, rng);
  std::vector<real> values(static_cast<std::size_t>(k.x.size()));
  for (real& v : values) v = static_cast<real>(rng.below(k.levels));
  return Tensor::of(Context(), k.x, values);
}

/// Where each result comes from, as an index into x, by looking at every pixel of the image.
std::vector<std::int64_t> chosen(const Case& k, const std::vector<double>& x) {
  const Shape y = pooled(k);
  std::vector<std::int64_t> out;
  for (std::int64_t i = 0; i < y.size(); ++i) {
    const std::int64_t c = i % y[3], ow = i / y[3] % y[2], oh = i / y[3] / y[2] % y[1];
    const std::int64_t n = i / y[3] / y[2] / y[1];
    std::int64_t best = -1;
    for (std::int64_t h = 0; h < k.x[1]; ++h)
      for (std::int64_t w = 0; w < k.x[2]; ++w) {
        const std::int64_t down = h - (oh * k.options.stride - k.options.pad);
        const std::int64_t right = w - (ow * k.options.stride - k.options.pad);
        if (down < 0 || down >= k.options.window || right < 0 || right >= k.options.window)
          continue;
        const std::int64_t at = ((n * k.x[1] + h) * k.x[2] + w) * k.x[3] + c;
        if (best < 0 || x[at] > x[best]) best = at;
      }
    REQUIRE(best >= 0);
    out.push_back(best);
  }
  return out;
}

TEST_CASE("max_pool and its linear maps agree with loops over the image") {
  for (const Case& k : kCases) {
    CAPTURE(k.name);
    Rng rng(1);
    const Shape shape = pooled(k);
    const Tensor x = image_of(k, rng), other = test::uniform(k.x, rng);
    const Tensor grad = test::uniform(shape, rng);
    const std::vector<double> vx = test::to_double(x), vo = test::to_double(other);
    const std::vector<double> vg = test::to_double(grad);
    const std::vector<std::int64_t> from = chosen(k, vx);
    std::vector<double> largest(from.size()), picked(from.size()), spread(vx.size(), 0.0);
    for (std::size_t i = 0; i < from.size(); ++i) {
      largest[i] = vx[from[i]];
      picked[i] = vo[from[i]];
      spread[from[i]] += vg[i];
    }
    test::SameBits same_spread;
    std::vector<real> first;
    test::on_every_backend([&](const Context& ctx) {
      const Tensor on_x = x.to(ctx), on_other = other.to(ctx), on_grad = grad.to(ctx);
      Tensor y = test::poisoned(ctx, shape), pick = test::poisoned(ctx, shape);
      Tensor grad_x = test::poisoned(ctx, k.x);
      IndexTensor place = IndexTensor::full(ctx, shape, -1);
      kernels::max_pool(ctx, k.options, on_x.view(), y.view(), place.view());
      test::check_close(y, largest, {.abs = 0, .rel = 0});
      kernels::max_pool_pick(ctx, on_other.view(), place.view(), pick.view());
      test::check_close(pick, picked, {.abs = 0, .rel = 0});
      kernels::max_pool_spread(ctx, k.options, on_grad.view(), place.view(), grad_x.view());
      // Sums of at most 81 terms.
      test::check_close(grad_x, spread, {.abs = 1e-5, .rel = 0});
      same_spread.check(ctx, grad_x);
      if (first.empty()) first = grad_x.to_host();
      CHECK(grad_x.to_host() == first);  // one order of additions on every device
    });
  }
}

TEST_CASE("max_pool keeps what is not a number, and minus infinity is one") {
  constexpr auto kNan = std::numeric_limits<real>::quiet_NaN();
  constexpr auto kLow = -std::numeric_limits<real>::infinity();
  // Two windows: the first holds two NaN, the second nothing but minus infinity.
  const std::vector<real> values{1, kNan, kLow, kLow, 5, kNan, kLow, kLow};
  test::on_every_backend([&](const Context& ctx) {
    const Tensor x = Tensor::of(ctx, {1, 2, 4, 1}, values);
    Tensor y = test::poisoned(ctx, {1, 1, 2, 1});
    IndexTensor place = IndexTensor::full(ctx, {1, 1, 2, 1}, -1);
    kernels::max_pool(ctx, {}, x.view(), y.view(), place.view());
    CHECK(std::isnan(y.to_host()[0]));
    CHECK(y.to_host()[1] == kLow);
    CHECK(place.to_host() == std::vector<std::int32_t>{1, 2});
  });
}

TEST_CASE("max_pool can be differentiated three times") {
  Rng rng(2);
  const auto cubed = [](const Var& v) { return ops::mul(ops::mul(v, v), v); };
  for (const MaxPoolOptions& options : {MaxPoolOptions{}, MaxPoolOptions{.window = 3, .stride = 2},
                                        MaxPoolOptions{.window = 3, .stride = 1, .pad = 2}}) {
    CAPTURE(options.window);
    const Tensor x = test::uniform({2, 6, 7, 3}, rng);
    test::check_grad([&](const Vars& v) { return cubed(ops::max_pool(v[0], options)); }, {x},
                     {.order = 2});
    const Shape shape{2, kernels::max_pool_size(6, options), kernels::max_pool_size(7, options), 3};
    Tensor y(Context(), shape);
    IndexTensor place(Context(), shape);
    kernels::max_pool(Context(), options, x.view(), y.view(), place.view());
    test::check_grad([&](const Vars& v) { return cubed(ops::max_pool_pick(v[0], place, options)); },
                     {test::uniform(x.shape(), rng)}, {.order = 2});
    test::check_grad(
        [&](const Vars& v) { return cubed(ops::max_pool_spread(v[0], place, x.shape(), options)); },
        {test::uniform(shape, rng)}, {.order = 2});
  }
}

TEST_CASE("max_pool has the same derivatives on every device") {
  Rng rng(3);
  test::check_grad_on_every_backend(
      [](const Vars& v) {
        const Var y = ops::max_pool(v[0], {.window = 3, .stride = 2, .pad = 1});
        return ops::mul(y, y);
      },
      {test::uniform({2, 9, 8, 4}, rng)});
}

TEST_CASE("max_pool names what does not fit") {
  const Context ctx;
  const Tensor x(ctx, {1, 4, 4, 2}), flat(ctx, {4, 4}), two(ctx, {2, 4, 4, 2});
  Tensor y(ctx, {1, 2, 2, 2}), small(ctx, {1, 1, 2, 2});
  IndexTensor place(ctx, {1, 2, 2, 2}), short_place(ctx, {1, 2, 2, 1});
  CHECK_THROWS_WITH_AS(kernels::max_pool(ctx, {}, flat.view(), y.view(), place.view()),
                       doctest::Contains("x is [4, 4]"), Error);
  CHECK_THROWS_WITH_AS(kernels::max_pool(ctx, {}, x.view(), small.view(), place.view()),
                       doctest::Contains("place is [1, 2, 2, 2], expected [1, 1, 2, 2]"), Error);
  CHECK_THROWS_WITH_AS(kernels::max_pool(ctx, {}, two.view(), y.view(), place.view()),
                       doctest::Contains("y is [1, 2, 2, 2], expected [2, 2, 2, 2]"), Error);
  CHECK_THROWS_WITH_AS(kernels::max_pool_pick(ctx, two.view(), place.view(), y.view()),
                       doctest::Contains("max_pool_pick: x is [2, 4, 4, 2]"), Error);
  CHECK_THROWS_WITH_AS(kernels::max_pool_pick(ctx, x.view(), short_place.view(), y.view()),
                       doctest::Contains("place is [1, 2, 2, 1]"), Error);
  Tensor grad_x(ctx, {1, 6, 4, 2});
  CHECK_THROWS_WITH_AS(
      kernels::max_pool_spread(ctx, {}, y.view(), place.view(), grad_x.view()),
      doctest::Contains("max_pool_spread: y is [1, 2, 2, 2], expected [1, 3, 2, 2]"), Error);
  CHECK_THROWS_WITH_AS(kernels::max_pool_size(1, {}), doctest::Contains("does not fit into 1"),
                       Error);
  CHECK_THROWS_WITH_AS(kernels::max_pool_size(0, {.window = 2, .stride = 1, .pad = 1}),
                       doctest::Contains("does not fit into 0"), Error);
  CHECK_THROWS_WITH_AS(kernels::max_pool_size(8, {.window = 2, .stride = 0}),
                       doctest::Contains("a stride of 0"), Error);
  CHECK_THROWS_WITH_AS(kernels::max_pool_size(8, {.window = 2, .stride = 2, .pad = 2}),
                       doctest::Contains("the pad must be less"), Error);
  Tape tape(ctx);
  CHECK_THROWS_WITH_AS(ops::max_pool(tape.constant(flat)), doctest::Contains("[4, 4]"), Error);
}

}  // namespace
}  // namespace fgcn
