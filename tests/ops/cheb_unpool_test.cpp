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

/// Un-pools a coarse mesh of `coarse` vertices: rows of one to three entries, of twenty-nine and of
/// none.
Csr unpooling(std::int64_t fine, std::int64_t coarse, Rng& rng) {
  std::vector<Triplet> entries;
  for (std::int32_t r = 0; r < fine; ++r) {
    const auto near = static_cast<std::int32_t>(r * coarse / fine);
    for (std::int32_t i = 0; i < (r % 5 == 4 ? 29 : r % 4); ++i)
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

using Values = std::vector<double>;

/// A x on vertex-major rows of `columns` values.
Values apply(const Csr& a, const Values& x, std::int64_t columns) {
  Values y(static_cast<std::size_t>(a.rows * columns), 0.0);
  for (std::int64_t r = 0; r < a.rows; ++r)
    for (std::int32_t e = a.row_begin[r]; e < a.row_begin[r + 1]; ++e)
      for (std::int64_t c = 0; c < columns; ++c)
        y[r * columns + c] += a.value[e] * x[a.col[e] * columns + c];
  return y;
}

/// T_k(L) x, by the recurrence.
Values term(const Csr& l, const Values& x, std::int64_t columns, std::int64_t k) {
  Values before, now = x;
  for (std::int64_t i = 1; i <= k; ++i) {
    Values next = apply(l, now, columns);
    for (std::size_t j = 0; i > 1 && j < next.size(); ++j) next[j] = 2 * next[j] - before[j];
    before = std::exchange(now, std::move(next));
  }
  return now;
}

struct Sizes {
  const char* name;
  std::int64_t fine, coarse, batch, terms, channels;
  std::int64_t skipped;  // elements before the first of each array: not in 16-byte pieces
};
constexpr Sizes kSizes[] = {
    {"one vertex, one term", 1, 1, 1, 1, 1, 0},
    {"one term, in pieces", 70, 9, 2, 1, 4, 0},
    {"two terms", 70, 9, 3, 2, 3, 0},
    {"three terms, one channel", 65, 40, 1, 3, 1, 0},
    {"odd widths", 333, 80, 3, 6, 7, 0},
    {"in pieces", 150, 40, 4, 6, 16, 0},
    {"widths of pieces, beside them", 97, 40, 2, 5, 8, 1},
    {"several segments", 9001, 2000, 2, 4, 3, 0},
};

struct Expected {
  Values y, grad_z;
};
Expected reference(const Sizes& k, const Csr& l, const Csr& u, const Values& z,
                   const Values& grad_y) {
  const std::int64_t columns = k.batch * k.channels;
  const Csr pool = transpose(u);
  Expected out{Values(grad_y.size(), 0.0), Values(z.size(), 0.0)};
  for (std::int64_t t = 0; t < k.terms; ++t) {
    // Element i of one term on the coarse mesh, in the array of all.
    const auto place = [&](std::int64_t i) {
      return (i / k.channels * k.terms + t) * k.channels + i % k.channels;
    };
    Values of_term(static_cast<std::size_t>(k.coarse * columns));
    for (std::size_t i = 0; i < of_term.size(); ++i)
      of_term[i] = z[place(static_cast<std::int64_t>(i))];
    const Values share = term(l, apply(u, of_term, columns), columns, t);
    for (std::size_t i = 0; i < share.size(); ++i) out.y[i] += share[i];
    const Values pooled = apply(pool, term(l, grad_y, columns, t), columns);
    for (std::size_t i = 0; i < pooled.size(); ++i)
      out.grad_z[place(static_cast<std::int64_t>(i))] = pooled[i];
  }
  return out;
}

/// A copy behind `skipped` elements that belong to nobody.
Tensor behind(const Context& ctx, std::int64_t skipped, const Tensor& values) {
  std::vector<real> all(static_cast<std::size_t>(skipped));
  const std::vector<real> host = values.to_host();
  all.insert(all.end(), host.begin(), host.end());
  return Tensor::of(ctx, {skipped + values.size()}, all).part(skipped, values.shape());
}

TEST_CASE("the un-pooled sum and its adjoint agree with double loops on every backend") {
  for (const Sizes& k : kSizes) {
    CAPTURE(k.name);
    Rng rng(4);
    const Csr laplacian = test::random_laplacian(k.fine, k.fine > 1 ? 2 * k.terms - 1 : 0, rng);
    // No row reaches the last coarse vertices.
    Csr matrix = unpooling(k.fine, k.coarse, rng);
    matrix.cols = k.coarse + 5;
    const Tensor z = test::uniform({matrix.cols, k.batch, k.terms * k.channels}, rng);
    const Tensor grad_y = test::uniform({k.fine, k.batch, k.channels}, rng);
    Sizes sizes = k;
    sizes.coarse = matrix.cols;
    const Expected expected =
        reference(sizes, laplacian, matrix, test::to_double(z), test::to_double(grad_y));
    test::SameBits bits_y, bits_grad;
    test::on_every_backend([&](const Context& ctx) {
      const SparseOperator l(ctx, laplacian), u(ctx, matrix);
      const Tensor on_z = behind(ctx, k.skipped, z), on_grad = behind(ctx, k.skipped, grad_y);
      Tensor y = behind(ctx, k.skipped, test::poisoned(ctx, grad_y.shape()));
      Tensor grad_z = behind(ctx, k.skipped, test::poisoned(ctx, z.shape()));
      kernels::cheb_sum_unpooled(ctx, l.view(), u.view(), on_z.view(), y.view());
      kernels::cheb_terms_pooled(ctx, l.view(), u.view(), u.transposed().view(), on_grad.view(),
                                 grad_z.view());
      CHECK(test::relative_error(test::to_double(y), expected.y) <= kBound);
      CHECK(test::relative_error(test::to_double(grad_z), expected.grad_z) <= kBound);
      bits_y.check(ctx, y);
      bits_grad.check(ctx, grad_z);
    });
  }
}

TEST_CASE("cheb_conv_unpooled and its gradients are the CPU's on every backend") {
  Rng rng(5);
  const Csr laplacian = test::random_laplacian(61, 3, rng), matrix = unpooling(61, 17, rng);
  const auto f = [&](const Vars& v) {
    const Context& ctx = v[0].tape().context();
    return ops::cheb_conv_unpooled(SparseOperator(ctx, laplacian), SparseOperator(ctx, matrix),
                                   v[0], v[1]);
  };
  test::check_grad_on_every_backend(
      f, {test::uniform({17, 2, 5}, rng), test::uniform({4, 5, 3}, rng)});
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
  CHECK_THROWS_WITH_AS(kernels::cheb_terms_pooled(ctx, l.view(), u.view(), u.transposed().view(),
                                                  std::as_const(y).view(), off.view()),
                       doctest::Contains("cheb_terms_pooled: the terms are [5, 2, 6]"), Error);
  CHECK_THROWS_WITH_AS(kernels::cheb_terms_pooled(ctx, l.view(), u.view(), u.view(),
                                                  std::as_const(y).view(), z.view()),
                       doctest::Contains("cheb_terms_pooled: U^T is [9, 4]"), Error);
  Tape tape(ctx);
  CHECK_THROWS_WITH_AS(ops::cheb_conv_unpooled(l, u, tape.leaf(x), tape.leaf(w)),
                       doctest::Contains("the weights are [2, 5, 3] for x [4, 2, 3]"), Error);
  CHECK_THROWS_WITH_AS(ops::cheb_sum_unpooled(skew, u, tape.leaf(z), 2),
                       doctest::Contains("L is not symmetric"), Error);
}

}  // namespace
}  // namespace fgcn
