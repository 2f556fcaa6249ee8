// Convolutions behind an un-pooling: against spmm and cheb_conv one after the other.
#include "kernels/cheb_conv/cheb_unpool.h"

#include <doctest/doctest.h>

#include <utility>

#include "autograd/ops/binary.h"
#include "autograd/ops/cheb_conv.h"
#include "autograd/ops/spmm.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

constexpr double kBound = sizeof(real) == sizeof(double) ? 1e-13 : 2e-5;

/// Un-pools a coarse mesh of `coarse` vertices: rows of one, two, three entries and of none.
Csr unpooling(std::int64_t fine, std::int64_t coarse, Rng& rng) {
  std::vector<Triplet> entries;
  for (std::int32_t r = 0; r < fine; ++r) {
    const auto near = static_cast<std::int32_t>(r * coarse / fine);
    for (std::int32_t i = 0; i < (r % 5 == 4 ? 3 : r % 4); ++i)
      entries.push_back({r, static_cast<std::int32_t>((near + i) % coarse), rng.uniform(0.2, 0.8)});
  }
  return csr_from_triplets(fine, coarse, std::move(entries));
}

struct Case {
  const char* name;
  std::int64_t fine, coarse, batch, terms, in, out;
};
constexpr Case kCases[] = {
    {"one vertex", 1, 1, 1, 1, 1, 1},
    {"one term", 70, 9, 2, 1, 5, 4},
    {"odd widths", 333, 80, 3, 6, 5, 7},
    {"wide to half", 150, 40, 4, 6, 32, 16},
    {"several segments", 9001, 2000, 2, 4, 2, 8},
};

std::vector<std::vector<double>> values_and_gradients(const Context& ctx, const Var& y,
                                                      const Vars& xs, const Tensor& seed) {
  std::vector<std::vector<double>> out{test::to_double(y.value())};
  for (const Var& grad : y.tape().grad(y, xs, {.seed = y.tape().constant(seed.to(ctx))}))
    out.push_back(test::to_double(grad.value()));
  return out;
}

TEST_CASE("cheb_conv_unpooled is cheb_conv of the un-pooled, gradients too, for any threads") {
  for (const Case& k : kCases) {
    CAPTURE(k.name);
    Rng rng(1);
    const Csr laplacian = test::random_laplacian(k.fine, k.fine > 1 ? 3 : 0, rng);
    const Csr matrix = unpooling(k.fine, k.coarse, rng);
    const Tensor x = test::uniform({k.coarse, k.batch, k.in}, rng);
    const Tensor w = test::uniform({k.terms, k.in, k.out}, rng);
    const Tensor seed = test::uniform({k.fine, k.batch, k.out}, rng);
    std::vector<std::vector<double>> first;
    for (const int threads : {1, 2, 3}) {
      const Context ctx(Device::kCpu, threads);
      const SparseOperator l(ctx, laplacian), u(ctx, matrix);
      Tape tape(ctx), other(ctx);
      const Vars in{tape.leaf(x), tape.leaf(w)}, in_other{other.leaf(x), other.leaf(w)};
      const auto got =
          values_and_gradients(ctx, ops::cheb_conv_unpooled(l, u, in[0], in[1]), in, seed);
      const auto expected = values_and_gradients(
          ctx, ops::cheb_conv(l, ops::spmm(u, in_other[0]), in_other[1]), in_other, seed);
      for (std::size_t i = 0; i < got.size(); ++i)
        CHECK(test::relative_error(got[i], expected[i]) <= kBound);
      if (first.empty()) first = got;
      CHECK(got == first);
    }
  }
}

TEST_CASE("every element of the un-pooled sum and of its adjoint is written") {
  Rng rng(4);
  const Context ctx;
  const SparseOperator l(ctx, test::random_laplacian(9001, 3, rng));
  // No row reaches the last coarse vertices.
  const SparseOperator u(ctx, [&] {
    Csr a = unpooling(9001, 2000, rng);
    a.cols = 2100;
    return a;
  }());
  const Tensor z = test::uniform({2100, 2, 4 * 3}, rng);
  Tensor y = test::poisoned(ctx, {9001, 2, 3}), grad_z = test::poisoned(ctx, z.shape());
  kernels::cheb_sum_unpooled(ctx, l.view(), u.view(), z.view(), y.view());
  kernels::cheb_terms_pooled(ctx, l.view(), u.view(), std::as_const(y).view(), grad_z.view());
  for (const real v : y.to_host()) REQUIRE(v == v);
  for (const real v : grad_z.to_host()) REQUIRE(v == v);
}

TEST_CASE("cheb_conv_unpooled can be differentiated twice") {
  Rng rng(2);
  const Context ctx;
  const SparseOperator l(ctx, test::random_laplacian(23, 3, rng));
  const SparseOperator u(ctx, unpooling(23, 7, rng));
  const auto f = [&](const Vars& v) {
    const Var y = ops::cheb_conv_unpooled(l, u, v[0], v[1]);
    return ops::mul(y, y);
  };
  test::check_grad(f, {test::uniform({7, 2, 3}, rng), test::uniform({4, 3, 5}, rng)}, {.order = 2});
  const auto pooled = [&](const Vars& v) {
    const Var z = ops::cheb_terms_pooled(l, u, v[0], 4);
    return ops::mul(z, z);
  };
  test::check_grad(pooled, {test::uniform({23, 2, 5}, rng)}, {.order = 2});
}

TEST_CASE("cheb_conv_unpooled names the argument that does not fit") {
  Rng rng(3);
  const Context ctx;
  const SparseOperator l(ctx, test::random_laplacian(9, 2, rng));
  const SparseOperator skew(ctx, test::random_csr(9, 9, 0.5, rng));
  const SparseOperator u(ctx, unpooling(9, 4, rng)), tall(ctx, unpooling(10, 4, rng));
  Tensor z(ctx, {4, 2, 6}), off(ctx, {5, 2, 6}), odd(ctx, {4, 2, 7}), y(ctx, {9, 2, 3});
  Tensor few(ctx, {8, 2, 3}), x(ctx, {4, 2, 3}), w(ctx, {2, 5, 3});
  const auto sum = [&](const SparseOperator& a, const Tensor& terms, Tensor& to) {
    kernels::cheb_sum_unpooled(ctx, l.view(), a.view(), terms.view(), to.view());
  };
  CHECK_THROWS_WITH_AS(sum(tall, z, y), doctest::Contains("L is [9, 9] and U [10, 4]"), Error);
  CHECK_THROWS_WITH_AS(sum(u, z, few), doctest::Contains("are [8, 2, 3], expected [9, N, C]"),
                       Error);
  CHECK_THROWS_WITH_AS(sum(u, off, y), doctest::Contains("the terms are [5, 2, 6], expected [4"),
                       Error);
  CHECK_THROWS_WITH_AS(sum(u, odd, y), doctest::Contains("the terms are [4, 2, 7]"), Error);
  CHECK_THROWS_WITH_AS(
      kernels::cheb_terms_pooled(ctx, l.view(), u.view(), std::as_const(y).view(), off.view()),
      doctest::Contains("cheb_terms_pooled: the terms are [5, 2, 6]"), Error);
  Tape tape(ctx);
  CHECK_THROWS_WITH_AS(ops::cheb_conv_unpooled(l, u, tape.leaf(x), tape.leaf(w)),
                       doctest::Contains("the weights are [2, 5, 3] for x [4, 2, 3]"), Error);
  CHECK_THROWS_WITH_AS(ops::cheb_sum_unpooled(skew, u, tape.leaf(z), 2),
                       doctest::Contains("L is not symmetric"), Error);
}

}  // namespace
}  // namespace fgcn
