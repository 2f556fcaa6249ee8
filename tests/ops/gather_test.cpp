#include "autograd/ops/gather.h"

#include <doctest/doctest.h>

#include "autograd/ops/binary.h"
#include "kernels/gather/gather.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

struct Case {
  const char* name;
  Shape rows;
  int axis;
  std::int64_t entries;
};
const Case kCases[] = {
    {"one element", {1}, 0, 1},
    {"no entries", {4, 3}, 0, 0},
    {"more entries than rows", {7, 5}, 0, 53},
    {"a batch of vertices", {3, 211, 16}, 1, 97},
    {"wide rows", {2, 3, 5, 131}, 1, 40},
    {"last axis", {3, 9}, 1, 30},
    {"pieces", {33, 64}, 0, 1025},
    {"a batch of pieces", {3, 31, 2, 4}, 1, 129},
    {"one channel", {1025, 1}, 0, 31},
    {"three channels", {2, 257, 3}, 1, 1025},
};

std::vector<std::int32_t> random_index(std::int64_t rows, std::int64_t entries, Rng& rng) {
  std::vector<std::int32_t> out;
  // The last row stays without an entry where there are several.
  const std::int64_t used = rows > 1 ? rows - 1 : rows;
  for (std::int64_t i = 0; i < entries; ++i) {
    out.push_back(static_cast<std::int32_t>(rng.below(used)));
  }
  return out;
}

TEST_CASE("gather and scatter_add agree with a loop over the entries") {
  for (const Case& k : kCases) {
    CAPTURE(k.name);
    Rng rng(1);
    const std::int64_t rows = k.rows[k.axis];
    const std::vector<std::int32_t> index = random_index(rows, k.entries, rng);
    Shape list_shape = k.rows;
    list_shape.sizes[k.axis] = k.entries;
    const Tensor table = test::uniform(k.rows, rng), list = test::uniform(list_shape, rng);
    std::int64_t inner = 1;
    for (int i = k.axis + 1; i < k.rows.rank; ++i) inner *= k.rows[i];
    const std::vector<double> from = test::to_double(table), add = test::to_double(list);
    std::vector<double> gathered(add.size()), summed(from.size(), 0.0);
    for (std::size_t at = 0; at < add.size(); ++at) {
      const auto i = static_cast<std::int64_t>(at);
      const std::int64_t row = index[i / inner % k.entries];
      const std::int64_t place = (i / inner / k.entries * rows + row) * inner + i % inner;
      gathered[at] = from[place];
      summed[place] += add[at];
    }
    std::vector<real> first;
    test::on_every_backend([&](const Context& ctx) {
      const RowIndex on(ctx, rows, index);
      const Tensor on_table = table.to(ctx), on_list = list.to(ctx);
      Tensor y = test::poisoned(ctx, list_shape), z = test::poisoned(ctx, k.rows);
      kernels::gather(ctx, on_table.view(), on.index().view(), k.axis, y.view());
      test::check_close(y, gathered, {.abs = 0, .rel = 0});
      kernels::scatter_add(ctx, on_list.view(), {on.row_begin().view(), on.entry().view()}, k.axis,
                           z.view());
      test::check_close(z, summed);
      if (first.empty()) first = z.to_host();
      CHECK(z.to_host() == first);
    });
  }
}

TEST_CASE("gather and scatter_add can be differentiated twice") {
  Rng rng(2);
  const RowIndex index(Context(), 5, {4, 1, 1, 0, 4, 4, 2});
  const auto squared = [](const Var& x) { return ops::mul(x, x); };
  test::check_grad([&](const Vars& v) { return squared(ops::gather(v[0], index)); },
                   {test::uniform({5, 3}, rng)}, {.order = 2});
  test::check_grad(
      [&](const Vars& v) { return squared(ops::scatter_add(v[0], index, {.axis = 1})); },
      {test::uniform({2, 7, 3}, rng)}, {.order = 2});
}

TEST_CASE("gather and scatter_add have the same derivatives on every device") {
  Rng rng(3);
  const std::vector<std::int32_t> index = random_index(31, 129, rng);
  test::check_grad_on_every_backend(
      [&](const Vars& v) {
        const RowIndex on(v[0].tape().context(), 31, index);
        const Var list = ops::gather(v[0], on);
        return ops::scatter_add(ops::mul(list, list), on);
      },
      {test::uniform({31, 4}, rng)}, 2, {.abs = 1e-4, .rel = 1e-5});
}

TEST_CASE("gather names what does not fit") {
  const Context ctx;
  CHECK_THROWS_WITH_AS(RowIndex(ctx, 3, {0, 3}), doctest::Contains("row 3 of 3"), Error);
  CHECK_THROWS_WITH_AS(RowIndex(ctx, 3, {-1}), doctest::Contains("row -1 of 3"), Error);
  const RowIndex index(ctx, 3, {0, 2});
  Tape tape(ctx);
  const Var x = tape.leaf(Tensor::zeros(ctx, {4, 3}));
  CHECK_THROWS_WITH_AS(ops::gather(x, index), doctest::Contains("expected 3 along axis 0"), Error);
  CHECK_THROWS_WITH_AS(ops::gather(x, index, {.axis = 2}), doctest::Contains("axis 2"), Error);
  CHECK_THROWS_WITH_AS(ops::scatter_add(x, index), doctest::Contains("expected 2 along axis 0"),
                       Error);
  const Tensor table(ctx, {3, 2});
  Tensor y(ctx, {3, 2}), rows(ctx, {4, 2});
  const Tensor list(ctx, {2, 2});
  CHECK_THROWS_WITH_AS(kernels::gather(ctx, table.view(), index.index().view(), 0, y.view()),
                       doctest::Contains("the list of 2 rows is [3, 2], expected [2, 2]"), Error);
  CHECK_THROWS_WITH_AS(
      kernels::scatter_add(ctx, list.view(), {index.row_begin().view(), index.entry().view()}, 0,
                           rows.view()),
      doctest::Contains("the entries are of 3 rows"), Error);
}

}  // namespace
}  // namespace fgcn
