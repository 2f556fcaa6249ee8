#include "autograd/ops/gemm.h"

#include <doctest/doctest.h>

#include "autograd/ops/binary.h"
#include "kernels/gemm/gemm.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

using kernels::Transpose;

struct Case {
  const char* name;
  std::int64_t m, k, n;
};
constexpr Case kCases[] = {
    {"one element", 1, 1, 1},       {"odd", 7, 5, 3},
    {"no terms", 4, 0, 5},          {"tile and one more", 13, 257, 33},
    {"tall and thin", 2100, 16, 3}, {"thin batch", 4, 300, 700},
    {"deep sum", 17, 9000, 19},     {"rows below a vector", 5, 64, 129},
};

Shape shape(std::int64_t rows, std::int64_t cols, Transpose transpose) {
  return is_transposed(transpose) ? Shape{cols, rows} : Shape{rows, cols};
}

TEST_CASE("gemm agrees with a double precision loop for every transpose") {
  for (const Case& c : kCases) {
    for (const Transpose ta : {Transpose::kNo, Transpose::kYes}) {
      for (const Transpose tb : {Transpose::kNo, Transpose::kYes}) {
        CAPTURE(c.name);
        CAPTURE(is_transposed(ta));
        CAPTURE(is_transposed(tb));
        Rng rng(1);
        const Tensor a = test::uniform(shape(c.m, c.k, ta), rng);
        const Tensor b = test::uniform(shape(c.k, c.n, tb), rng);
        const std::vector<double> va = test::to_double(a), vb = test::to_double(b);
        std::vector<double> expected;
        for (std::int64_t i = 0; i < c.m; ++i)
          for (std::int64_t j = 0; j < c.n; ++j) {
            double sum = 0;
            for (std::int64_t d = 0; d < c.k; ++d)
              sum += va[is_transposed(ta) ? d * c.m + i : i * c.k + d] *
                     vb[is_transposed(tb) ? j * c.k + d : d * c.n + j];
            expected.push_back(sum);
          }
        // k roundings of partial sums of size sqrt(k) or less, half of them one way at the worst.
        const test::Tolerance bound{.abs = 1e-6 + 6e-8 * static_cast<double>(c.k), .rel = 0};
        std::vector<real> first;
        test::on_every_backend([&](const Context& ctx) {
          Tensor y = test::poisoned(ctx, {c.m, c.n});
          const Tensor on_a = a.to(ctx), on_b = b.to(ctx);
          kernels::gemm(ctx, {.transpose_a = ta, .transpose_b = tb}, on_a.view(), on_b.view(),
                        y.view());
          test::check_close(y, expected, bound);
          if (ctx.device() == Device::kCpu) {
            if (first.empty()) first = y.to_host();
            CHECK(y.to_host() == first);
          }
          kernels::gemm(ctx, {.transpose_a = ta, .transpose_b = tb, .accumulate = true},
                        on_a.view(), on_b.view(), y.view());
          std::vector<double> twice = expected;
          for (double& v : twice) v *= 2;
          test::check_close(y, twice, {.abs = 2 * bound.abs, .rel = 0});
        });
      }
    }
  }
}

TEST_CASE("matmul can be differentiated twice for every transpose") {
  for (const Transpose ta : {Transpose::kNo, Transpose::kYes}) {
    for (const Transpose tb : {Transpose::kNo, Transpose::kYes}) {
      CAPTURE(is_transposed(ta));
      CAPTURE(is_transposed(tb));
      Rng rng(2);
      const std::vector<Tensor> inputs{test::uniform(shape(3, 5, ta), rng),
                                       test::uniform(shape(5, 4, tb), rng)};
      test::check_grad(
          [&](const Vars& v) {
            const Var y = ops::matmul(v[0], v[1], {.transpose_a = ta, .transpose_b = tb});
            return ops::mul(y, y);
          },
          inputs, {.order = 2});
    }
  }
}

TEST_CASE("gemm names the shapes that do not fit") {
  const Context ctx;
  const Tensor a(ctx, {2, 3}), b(ctx, {4, 5}), c(ctx, {3, 5}), d(ctx, {3});
  Tensor y(ctx, {2, 5}), wide(ctx, {2, 6});
  CHECK_THROWS_WITH_AS(kernels::gemm(ctx, {}, a.view(), b.view(), y.view()),
                       doctest::Contains("a is [2, 3] and b is [4, 5]"), Error);
  CHECK_THROWS_WITH_AS(kernels::gemm(ctx, {}, a.view(), d.view(), y.view()),
                       doctest::Contains("expected two matrices"), Error);
  CHECK_THROWS_WITH_AS(kernels::gemm(ctx, {}, a.view(), c.view(), wide.view()),
                       doctest::Contains("y is [2, 6], expected [2, 5]"), Error);
}

}  // namespace
}  // namespace fgcn
