#include "autograd/ops/spmm.h"

#include <doctest/doctest.h>

#include "autograd/ops/binary.h"
#include "kernels/spmm/spmm.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

std::vector<double> product(const Csr& a, const std::vector<double>& x, std::int64_t columns) {
  std::vector<double> y(static_cast<std::size_t>(a.rows * columns), 0.0);
  for (std::int64_t r = 0; r < a.rows; ++r)
    for (std::int32_t e = a.row_begin[r]; e < a.row_begin[r + 1]; ++e)
      for (std::int64_t c = 0; c < columns; ++c)
        y[r * columns + c] += a.value[e] * x[a.col[e] * columns + c];
  return y;
}

// Rectangular and unsymmetric on purpose: a VJP that forgets the transpose passes on a Laplacian.
struct Case {
  const char* name;
  std::int64_t batch, rows, cols, channels;
  double density;
};
constexpr Case kCases[] = {
    {"one element", 1, 1, 1, 1, 1.0},
    {"empty matrix", 1, 5, 9, 3, 0.0},
    {"mesh pooling", 2, 37, 53, 5, 0.1},
    {"every strip width", 1, 40, 31, 109, 0.2},
    {"more than one block", 3, 64, 48, 32, 0.05},
    {"enough for threads", 4, 700, 300, 16, 0.02},
};

TEST_CASE("spmm agrees with a double precision loop on every backend") {
  for (const Case& k : kCases) {
    CAPTURE(k.name);
    Rng rng(1);
    const Csr a = test::random_csr(k.rows, k.cols, k.density, rng);
    const Tensor x = test::uniform({k.cols, k.batch, k.channels}, rng);
    const std::vector<double> expected = product(a, test::to_double(x), k.batch * k.channels);
    test::SameBits bits;
    test::on_every_backend([&](const Context& ctx) {
      Tensor y = test::poisoned(ctx, {k.rows, k.batch, k.channels});
      kernels::spmm(ctx, SparseOperator(ctx, a).view(), x.to(ctx).view(), y.view());
      test::check_close(y, expected);
      bits.check(ctx, y);
    });
  }
}

TEST_CASE("spmm can be differentiated twice") {
  Rng rng(2);
  const SparseOperator a(Context(), test::random_csr(7, 11, 0.4, rng));
  const auto f = [&](const Vars& v) { return ops::mul(ops::spmm(a, v[0]), ops::spmm(a, v[0])); };
  test::check_grad(f, {test::uniform({11, 2, 3}, rng)}, {.order = 2});
}

TEST_CASE("spmm names the argument that does not fit") {
  Rng rng(3);
  const Context ctx;
  const SparseOperator a(ctx, test::random_csr(4, 5, 0.5, rng));
  Tensor x(ctx, {5, 2, 3}), wide(ctx, {6, 2, 3}), scalar(ctx, {});
  Tensor y(ctx, {4, 2, 3}), tall(ctx, {5, 2, 3});
  CHECK_THROWS_WITH_AS(kernels::spmm(ctx, a.view(), wide.view(), y.view()),
                       doctest::Contains("x is [6, 2, 3] but A has 5 columns"), Error);
  CHECK_THROWS_WITH_AS(kernels::spmm(ctx, a.view(), x.view(), tall.view()),
                       doctest::Contains("y is [5, 2, 3], expected [4, 2, 3]"), Error);
  CHECK_THROWS_WITH_AS(kernels::spmm(ctx, a.view(), scalar.view(), y.view()),
                       doctest::Contains("x is a scalar"), Error);
}

}  // namespace
}  // namespace fgcn
