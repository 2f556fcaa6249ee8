#include "autograd/ops/slice.h"

#include <doctest/doctest.h>

#include "autograd/ops/binary.h"
#include "kernels/slice/slice.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

struct Case {
  const char* name;
  Shape whole;
  int axis;
  std::int64_t begin, size;
};
const Case kCases[] = {
    {"one element", {1}, 0, 0, 1},
    {"nothing", {3, 5}, 1, 5, 0},
    {"middle axis", {3, 7, 5}, 1, 2, 4},
    {"last axis", {211, 3, 47}, 2, 5, 41},
    {"first axis", {5, 4}, 0, 1, 3},
    {"fourth of five", {2, 3, 1, 4, 2}, 3, 1, 2},
    {"a channel", {1025, 3}, 1, 1, 1},
    {"pieces", {33, 8, 4}, 1, 3, 5},
    {"not at 16 bytes", {31, 8}, 1, 1, 4},
    {"an odd run", {33, 8}, 1, 4, 3},
    {"many pieces", {3, 1028}, 1, 4, 1024},
    {"half of a row of pieces", {33, 16}, 1, 4, 8},
    {"rows longer than a warp's share", {3, 4099}, 1, 1037, 2050},
    {"several shares of short rows", {701, 7}, 1, 3, 4},
};

/// The places in the whole of the part's elements, in order.
std::vector<std::size_t> places(const Case& k) {
  std::vector<std::size_t> out;
  for (std::int64_t i = 0; i < k.whole.size(); ++i) {
    std::int64_t inner = 1;
    for (int a = k.axis + 1; a < k.whole.rank; ++a) inner *= k.whole[a];
    const std::int64_t at = i / inner % k.whole[k.axis];
    if (at >= k.begin && at < k.begin + k.size) out.push_back(static_cast<std::size_t>(i));
  }
  return out;
}

TEST_CASE("slice and pad agree with a loop over all elements") {
  for (const Case& k : kCases) {
    CAPTURE(k.name);
    Rng rng(1);
    Shape shape = k.whole;
    shape.sizes[k.axis] = k.size;
    const Tensor whole = test::uniform(k.whole, rng);
    const Tensor part = test::uniform(shape, rng);
    std::vector<double> cut, padded(static_cast<std::size_t>(k.whole.size()), 0.0);
    const std::vector<double> in_whole = test::to_double(whole), in_part = test::to_double(part);
    for (const std::size_t i : places(k)) {
      padded[i] = in_part[cut.size()];
      cut.push_back(in_whole[i]);
    }
    test::on_every_backend([&](const Context& ctx) {
      Tensor out = test::poisoned(ctx, shape);
      const Tensor on_whole = whole.to(ctx), on_part = part.to(ctx);
      kernels::slice(ctx, on_whole.view(), {k.axis, k.begin}, out.view());
      test::check_close(out, cut, {.abs = 0, .rel = 0});
      Tensor zeros = test::poisoned(ctx, k.whole);
      kernels::pad(ctx, on_part.view(), {k.axis, k.begin}, zeros.view());
      test::check_close(zeros, padded, {.abs = 0, .rel = 0});
    });
  }
}

struct Parts {
  const char* name;
  Shape whole;
  int axis;
  std::vector<std::int64_t> sizes;
};
const Parts kParts[] = {
    {"one", {3, 5}, 1, {5}},
    {"nothing", {0, 3}, 1, {1, 2}},
    {"two of one element", {2}, 0, {1, 1}},
    {"three and four channels", {701, 7}, 1, {3, 4}},
    {"pieces", {37, 3, 24}, 2, {4, 8, 12}},
    {"two of pieces", {37, 3, 24}, 2, {16, 8}},
    {"four of pieces", {37, 40}, 1, {4, 8, 12, 16}},
    {"eight of pieces", {37, 48}, 1, {4, 8, 4, 12, 4, 4, 8, 4}},
    {"one without elements", {37, 7}, 1, {3, 0, 4}},
    {"middle axis", {31, 5, 3}, 1, {1, 2, 2}},
    {"first axis", {9, 5}, 0, {2, 3, 4}},
    {"four of odd widths", {701, 13}, 1, {1, 5, 3, 4}},
    {"four, one of them wide", {33, 401}, 1, {1, 2, 395, 3}},
    {"six of odd widths", {351, 21}, 1, {2, 1, 4, 1, 5, 8}},
    {"eight", {129, 37}, 1, {1, 2, 3, 4, 5, 6, 7, 9}},
    {"more than a launch takes", {33, 11}, 1, {1, 1, 1, 1, 1, 1, 1, 1, 3}},
    {"rows longer than a warp's share", {3, 4099}, 1, {1037, 2050, 1012}},
    {"a warp's share that ends within a window", {9, 65}, 1, {1, 64}},
};

TEST_CASE("concat and split agree with a loop over all elements, also for some parts only") {
  for (const Parts& k : kParts) {
    CAPTURE(k.name);
    Rng rng(4);
    const Tensor whole = test::uniform(k.whole, rng);
    std::vector<Shape> shapes(k.sizes.size(), k.whole);
    std::vector<std::vector<double>> cut;
    std::int64_t begin = 0;
    for (std::size_t i = 0; i < k.sizes.size(); ++i) {
      shapes[i].sizes[k.axis] = k.sizes[i];
      cut.emplace_back();
      for (const std::size_t at : places({k.name, k.whole, k.axis, begin, k.sizes[i]}))
        cut.back().push_back(test::to_double(whole)[at]);
      begin += k.sizes[i];
    }
    test::on_every_backend([&](const Context& ctx) {
      const Tensor on_whole = whole.to(ctx);
      std::vector<Tensor> parts;
      for (const unsigned wanted : {~0U, 2U, 5U}) {
        parts.clear();
        std::vector<View<real>> views;
        for (std::size_t i = 0; i < shapes.size(); ++i) {
          parts.push_back(test::poisoned(ctx, shapes[i]));
          views.emplace_back((wanted >> i & 1U) != 0 ? parts[i].view().data : nullptr, shapes[i]);
        }
        kernels::split(ctx, on_whole.view(), k.axis, views);
        for (std::size_t i = 0; i < shapes.size(); ++i) {
          if ((wanted >> i & 1U) != 0) {
            test::check_close(parts[i], cut[i], {.abs = 0, .rel = 0});
          } else {
            for (const real v : parts[i].to_host()) CHECK(v != v);
          }
        }
        if (wanted != ~0U) continue;
        std::vector<View<const real>> values;
        for (const Tensor& part : parts) values.push_back(part.view());
        Tensor joined = test::poisoned(ctx, k.whole);
        kernels::concat(ctx, values, k.axis, joined.view());
        test::check_close(joined, test::to_double(whole), {.abs = 0, .rel = 0});
      }
    });
  }
}

TEST_CASE("slice, pad and concat can be differentiated twice") {
  Rng rng(2);
  const std::vector<Tensor> inputs{test::uniform({2, 5, 3}, rng), test::uniform({2, 1, 3}, rng)};
  const auto squared = [](const Var& x) { return ops::mul(x, x); };
  test::check_grad(
      [&](const Vars& v) { return squared(ops::slice(v[0], {.axis = 1, .begin = 1, .size = 3})); },
      {inputs[0]}, {.order = 2});
  test::check_grad(
      [&](const Vars& v) { return squared(ops::pad(v[0], {.axis = 2, .before = 1, .after = 2})); },
      {inputs[0]}, {.order = 2});
  test::check_grad(
      [&](const Vars& v) {
        return squared(ops::concat({v[0], v[1], v[0]}, 1));
      },
      inputs, {.order = 2});
}

TEST_CASE("slice, pad and concat have the same derivatives on every device") {
  Rng rng(3);
  test::check_grad_on_every_backend(
      [](const Vars& v) {
        const Var y = ops::concat({ops::slice(v[0], {.axis = 1, .begin = 1, .size = 3}), v[1]}, 1);
        const Var z = ops::pad(y, {.axis = 2, .before = 1, .after = 2});
        return ops::mul(z, z);
      },
      {test::uniform({33, 5, 5}, rng), test::uniform({33, 1, 5}, rng)});
}

TEST_CASE("concat puts its parts in order") {
  const Context ctx;
  Tape tape(ctx);
  const Var a = tape.leaf(Tensor::of(ctx, {2, 1}, std::vector<real>{1, 2}));
  const Var b = tape.leaf(Tensor::of(ctx, {2, 2}, std::vector<real>{3, 4, 5, 6}));
  CHECK(ops::concat({a, b}, 1).value().to_host() == std::vector<real>{1, 3, 4, 2, 5, 6});
}

TEST_CASE("slice names what does not fit") {
  const Context ctx;
  const Tensor whole(ctx, {2, 3});
  Tensor part(ctx, {2, 2}), other(ctx, {1, 2}), flat(ctx, {2});
  CHECK_THROWS_WITH_AS(kernels::slice(ctx, whole.view(), {1, 2}, part.view()),
                       doctest::Contains("2 elements from 2 on are outside axis 1"), Error);
  CHECK_THROWS_WITH_AS(kernels::slice(ctx, whole.view(), {1, -1}, part.view()),
                       doctest::Contains("from -1 on"), Error);
  CHECK_THROWS_WITH_AS(kernels::slice(ctx, whole.view(), {1, 0}, other.view()),
                       doctest::Contains("the part [1, 2] does not fit into [2, 3]"), Error);
  CHECK_THROWS_WITH_AS(kernels::slice(ctx, whole.view(), {2, 0}, part.view()),
                       doctest::Contains("axis 2 of [2, 3]"), Error);
  CHECK_THROWS_WITH_AS(kernels::pad(ctx, whole.view(), {0, 0}, flat.view()),
                       doctest::Contains("a part [2, 3]"), Error);
  const std::vector<View<const real>> short_parts{part.view()};
  CHECK_THROWS_WITH_AS(kernels::concat(ctx, short_parts, 1, Tensor(ctx, {2, 3}).view()),
                       doctest::Contains("parts of 2 elements along axis 1 of [2, 3]"), Error);
  const std::vector<View<real>> long_parts{part.view(), part.view()};
  CHECK_THROWS_WITH_AS(kernels::split(ctx, whole.view(), 1, long_parts),
                       doctest::Contains("2 elements from 2 on are outside axis 1"), Error);
  Tape tape(ctx);
  const Var x = tape.leaf(Tensor::zeros(ctx, {2, 3})), y = tape.leaf(Tensor::zeros(ctx, {3, 3}));
  CHECK_THROWS_WITH_AS(ops::concat({x, y}, 1), doctest::Contains("the part [3, 3]"), Error);
  CHECK_THROWS_WITH_AS(ops::concat({}, 1), doctest::Contains("of nothing"), Error);
  CHECK_THROWS_WITH_AS(ops::pad(x, {.axis = 0, .before = -1}), doctest::Contains("by -1"), Error);
  CHECK_THROWS_WITH_AS(ops::slice(x, {.axis = 0, .begin = 0, .size = -1}),
                       doctest::Contains("a size of -1"), Error);
}

}  // namespace
}  // namespace fgcn
