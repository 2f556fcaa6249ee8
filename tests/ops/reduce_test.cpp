#include "autograd/ops/reduce.h"

#include <doctest/doctest.h>

#include "autograd/ops/binary.h"
#include "kernels/reduce/reduce.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

struct Case {
  const char* name;
  Shape x, y;
  int passes = 1;  // each rounds
};
const Case kCases[] = {
    {"scalar", {}, {}},
    {"nothing to sum", {3, 4}, {3, 4}},
    {"ones to drop", {1, 3, 1}, {3, 1}},
    {"of no elements", {0, 3}, {3}},
    {"to no elements", {3, 0}, {0}},
    {"all of three axes", {3, 4, 5}, {1}},
    {"leading", {3, 4, 5}, {4, 5}},
    {"two leading", {3, 4, 5}, {1, 1, 5}},
    {"trailing", {3, 4, 5}, {3, 4, 1}},
    {"two trailing", {3, 4, 5}, {3, 1, 1}},
    {"middle", {3, 4, 5}, {3, 1, 5}},
    {"both ends", {3, 4, 5}, {4, 1}, 2},
    {"every other axis", {3, 4, 5, 6, 7}, {3, 1, 5, 1, 7}, 2},
    {"every other axis, the ends", {3, 4, 5, 6, 7}, {4, 1, 6, 1}, 3},
    {"every other axis, whole pieces", {2, 3, 2, 3, 8}, {2, 1, 2, 1, 8}, 2},
    {"pairs", {1025, 2}, {1025, 1}},
    {"triples", {129, 3}, {129, 1}},
    {"runs of most of a warp", {33, 31}, {33, 1}},
    {"runs of a warp and one", {31, 33}, {31, 1}},
    {"runs of a block", {5, 256}, {5, 1}},
    {"runs of a block and one", {5, 257}, {5, 1}},
    {"runs of what a block sums, odd", {3, 4095}, {3, 1}},
    {"runs of twice that, odd", {3, 8191}, {3, 1}},
    {"runs of pieces of most of a block", {9, 252}, {9, 1}},
    {"runs in pieces", {3, 1028}, {3, 1}},
    {"runs in pieces of what a block sums", {2, 4096}, {2, 1}},
    {"runs of several blocks", {3, 9001}, {3, 1}},
    {"a long run", {20001}, {1}},
    {"a long run of whole blocks", {16384}, {1}},
    {"one channel", {1025, 1}, {1}},
    {"three channels", {1025, 3}, {3}},
    {"three channels, several blocks", {9001, 3}, {3}},
    {"four channels", {9001, 4}, {4}},
    {"eight channels, one block", {2000, 8}, {8}},
    {"31 channels", {1025, 31}, {31}},
    {"33 channels", {129, 33}, {33}},
    {"64 channels", {2050, 64}, {64}},
    {"a row more than a thread sums", {33, 129}, {129}},
    {"wide rows", {40, 1025}, {1025}},
    {"wide rows in pieces", {257, 1028}, {1028}},
    {"a batch of columns", {3, 1025, 16}, {3, 1, 16}},
    {"a batch of odd columns", {3, 1025, 5}, {3, 1, 5}},
    {"plenty of columns", {33, 32769}, {32769}},
};

/// The place in y of element i of x.
std::size_t place(const Case& k, std::int64_t i) {
  std::int64_t at = 0, step = 1;
  for (int axis = 1; axis <= k.x.rank; ++axis) {
    const std::int64_t size = k.x[k.x.rank - axis];
    const std::int64_t own = axis <= k.y.rank ? k.y[k.y.rank - axis] : 1;
    if (own > 1) at += i % size * step;
    step *= own;
    i /= size;
  }
  return static_cast<std::size_t>(at);
}

TEST_CASE("reduce_sum and repeat agree with a loop for every pattern of kept axes") {
  for (const Case& k : kCases) {
    CAPTURE(k.name);
    Rng rng(1);
    const Tensor x = test::uniform(k.x, rng), table = test::uniform(k.y, rng);
    const std::vector<double> v = test::to_double(x), from = test::to_double(table);
    std::vector<double> sums(static_cast<std::size_t>(k.y.size()), 0.0), repeated;
    for (std::int64_t i = 0; i < k.x.size(); ++i) {
      sums[place(k, i)] += v[static_cast<std::size_t>(i)];
      repeated.push_back(from[place(k, i)]);
    }
    test::SameBits bits;
    test::on_every_backend([&](const Context& ctx) {
      Tensor y = test::poisoned(ctx, k.y), z = test::poisoned(ctx, k.x);
      const Tensor on_x = x.to(ctx), on_table = table.to(ctx);
      kernels::reduce_sum(ctx, on_x.view(), y.view());
      // Sums in double, rounded once; what passes round in between may cancel.
      test::check_close(y, sums, {.abs = k.passes > 1 ? 1e-5 : 1e-10, .rel = 1.2e-7});
      bits.check(ctx, y);
      kernels::repeat(ctx, on_table.view(), z.view());
      test::check_close(z, repeated, {.abs = 0, .rel = 0});
    });
  }
}

TEST_CASE("reduce_sum and repeat take arrays that do not begin at 16 bytes") {
  Rng rng(3);
  const Tensor x = test::uniform({1 + 64 * 40}, rng);
  const std::vector<double> v = test::to_double(x);
  std::vector<double> columns(1 + 64, 7.0), all(1, 0.0), repeated(1 + 64 * 40, 7.0);
  for (int c = 0; c < 64; ++c) columns[1 + c] = 0;
  for (int i = 0; i < 64 * 40; ++i) {
    columns[1 + i % 64] += v[1 + i];
    all[0] += v[1 + i];
    repeated[1 + i] = v[1 + i % 64];
  }
  test::on_every_backend([&](const Context& ctx) {
    const Tensor on_x = x.to(ctx);
    const View<const real> part(on_x.view().data + 1, {40, 64});
    Tensor y = Tensor::full(ctx, {1 + 64}, 7), sum(ctx, {1});
    kernels::reduce_sum(ctx, part, View<real>(y.view().data + 1, {64}));
    test::check_close(y, columns, {.abs = 1e-10, .rel = 1.2e-7});
    kernels::reduce_sum(ctx, part, sum.view());
    test::check_close(sum, all, {.abs = 1e-10, .rel = 1.2e-7});
    Tensor z = Tensor::full(ctx, {1 + 64 * 40}, 7);
    kernels::repeat(ctx, View<const real>(part.data, {64}),
                    View<real>(z.view().data + 1, {40, 64}));
    test::check_close(z, repeated, {.abs = 0, .rel = 0});
  });
}

TEST_CASE("a sum of many terms keeps double precision and does not depend on the threads") {
  test::SameBits bits;
  test::on_every_backend([&](const Context& ctx) {
    // All elements: the sums of the most blocks there are.
    const Tensor x = Tensor::full(ctx, {1 << 20, 4}, real(0.1));
    Tensor y(ctx, {4}), all(ctx, {1});
    kernels::reduce_sum(ctx, x.view(), y.view());
    kernels::reduce_sum(ctx, x.view(), all.view());
    bits.check(ctx, y);
    const double term = real(0.1);
    test::check_close(y, std::vector<double>(4, term * (1 << 20)), {.abs = 0, .rel = 1e-7});
    test::check_close(all, {4 * term * (1 << 20)}, {.abs = 0, .rel = 1e-7});
  });
}

TEST_CASE("sum, mean, repeat and reshape can be differentiated twice") {
  Rng rng(2);
  const std::vector<Tensor> inputs{test::uniform({3, 4}, rng)};
  const auto squared = [](const Var& x) { return ops::mul(x, x); };
  test::check_grad([&](const Vars& v) { return ops::mean(squared(v[0])); }, inputs, {.order = 2});
  test::check_grad([&](const Vars& v) { return squared(ops::sum_to(v[0], {4})); }, inputs,
                   {.order = 2});
  test::check_grad(
      [&](const Vars& v) {
        return squared(ops::repeat_to(v[0], {2, 3, 4}));
      },
      inputs, {.order = 2});
  test::check_grad(
      [&](const Vars& v) {
        return squared(ops::reshape(v[0], {2, 6}));
      },
      inputs, {.order = 2});
}

TEST_CASE("sum, mean, repeat and reshape have the same derivatives on every device") {
  Rng rng(4);
  test::check_grad_on_every_backend(
      [](const Vars& v) {
        const Var sums = ops::sum_to(ops::mul(v[0], v[0]), {33, 1});
        const Var y = ops::mul(v[0], ops::repeat_to(sums, {2, 33, 31}));
        return ops::mul(ops::reshape(y, {66, 31}), ops::mean(v[0]));
      },
      {test::uniform({2, 33, 31}, rng)}, 2, {.abs = 1e-4, .rel = 2e-5});
}

TEST_CASE("reduce_sum and repeat name shapes that do not fit") {
  const Context ctx;
  Tensor x(ctx, {2, 3}), y(ctx, {2});
  CHECK_THROWS_WITH_AS(kernels::reduce_sum(ctx, x.view(), y.view()),
                       doctest::Contains("do not fit together"), Error);
  CHECK_THROWS_WITH_AS(kernels::repeat(ctx, x.view(), Tensor(ctx, {3}).view()),
                       doctest::Contains("x is [2, 3], which does not broadcast to y, [3]"), Error);
}

}  // namespace
}  // namespace fgcn
