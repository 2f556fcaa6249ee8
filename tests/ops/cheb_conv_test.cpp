#include "autograd/ops/cheb_conv.h"

#include <doctest/doctest.h>

#include "autograd/ops/binary.h"
#include "kernels/cheb_conv/csr_tiles.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

using Values = std::vector<double>;

Values apply(const Csr& a, const Values& x, std::int64_t columns) {
  Values y(static_cast<std::size_t>(a.rows * columns), 0.0);
  for (std::int64_t r = 0; r < a.rows; ++r)
    for (std::int32_t e = a.row_begin[r]; e < a.row_begin[r + 1]; ++e)
      for (std::int64_t c = 0; c < columns; ++c)
        y[r * columns + c] += a.value[e] * x[a.col[e] * columns + c];
  return y;
}

/// T_0(L) x .. T_{K-1}(L) x
std::vector<Values> basis(const Csr& l, const Values& x, std::int64_t columns, std::int64_t terms) {
  std::vector<Values> out{x};
  for (std::int64_t k = 1; k < terms; ++k) {
    Values next = apply(l, out.back(), columns);
    for (std::size_t i = 0; k > 1 && i < next.size(); ++i)
      next[i] = 2 * next[i] - out[out.size() - 2][i];
    out.push_back(std::move(next));
  }
  return out;
}

struct Case {
  const char* name;
  std::int64_t vertices, neighbours, batch, terms, in, out;
};
// Both forms, narrow and wide, several blocks and groups of samples, one block, an odd rest.
constexpr Case kCases[] = {
    {"one vertex", 1, 0, 1, 1, 1, 1},
    {"one term", 70, 2, 2, 1, 5, 4},
    {"two terms, projected first", 70, 2, 3, 2, 5, 3},
    {"narrow in, wide out", 201, 3, 4, 6, 7, 16},
    {"as wide as it was", 333, 3, 3, 6, 16, 16},
    {"wide in, narrow out", 333, 3, 5, 6, 16, 3},
    {"six to three", 150, 3, 4, 6, 6, 3},
    {"wide to half", 97, 3, 3, 6, 64, 32},
    {"many channels", 65, 3, 2, 3, 35, 41},
    {"weights beyond shared memory", 33, 3, 2, 2, 80, 81},
    {"and projected first", 33, 3, 2, 2, 81, 80},
};

// Several tiles with rings all round, each form of a tile's layout: one, two or four samples beside
// each other, one left over; one to four quads of channels, a chunk left over; channels in 16-byte
// pieces and not; several blocks of outputs.
constexpr Case kOnLattice[] = {
    {"seven to sixteen", 31, 0, 4, 6, 7, 16},
    {"as wide as it was", 31, 0, 3, 6, 16, 16},
    {"wide in, narrow out", 31, 0, 5, 6, 16, 3},
    {"six to three", 31, 0, 3, 5, 6, 3},
    {"quads, a chunk left over", 25, 0, 2, 3, 20, 8},
    {"one sample, one channel", 25, 0, 1, 4, 1, 1},
    {"several blocks of outputs", 20, 0, 2, 2, 9, 35},
    {"four samples, hardly a channel", 20, 0, 4, 3, 3, 4},
    {"one sample in quads", 20, 0, 1, 3, 4, 4},
    // Rings of a graph that is no lattice: they leave hardly a place of a tile unused.
    {"full tiles, one channel", 600, 4, 1, 4, 1, 2},
    {"full tiles, two samples", 600, 4, 2, 4, 5, 4},
    {"full tiles, four samples", 600, 4, 4, 4, 5, 3},
};

struct Data {
  Csr l;
  Tensor x, w, grad_y;
  Values y, grad_x, grad_w;
};

Data make(const Case& k, Csr l, Rng& rng) {
  const std::int64_t vertices = l.rows;
  Data d{std::move(l),
         test::uniform({vertices, k.batch, k.in}, rng),
         test::uniform({k.terms, k.in, k.out}, rng),
         test::uniform({vertices, k.batch, k.out}, rng),
         {},
         {},
         {}};
  const std::int64_t rows = vertices * k.batch;
  d.y.assign(static_cast<std::size_t>(rows * k.out), 0.0);
  d.grad_x.assign(static_cast<std::size_t>(rows * k.in), 0.0);
  d.grad_w.assign(static_cast<std::size_t>(k.terms * k.in * k.out), 0.0);
  const Values w = test::to_double(d.w);
  const auto of_x = basis(d.l, test::to_double(d.x), k.batch * k.in, k.terms);
  const auto of_g = basis(d.l, test::to_double(d.grad_y), k.batch * k.out, k.terms);
  for (std::int64_t t = 0; t < k.terms; ++t)
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t i = 0; i < k.in; ++i)
        for (std::int64_t o = 0; o < k.out; ++o) {
          const std::int64_t at = (t * k.in + i) * k.out + o;
          d.y[r * k.out + o] += of_x[t][r * k.in + i] * w[at];
          d.grad_x[r * k.in + i] += of_g[t][r * k.out + o] * w[at];
          d.grad_w[at] += of_x[0][r * k.in + i] * of_g[t][r * k.out + o];
        }
  return d;
}

constexpr double kBound = sizeof(real) == sizeof(double) ? 1e-13 : 1e-5;

void close(const Tensor& actual, const Values& expected) {
  CHECK(test::relative_error(test::to_double(actual), expected) <= kBound);
}

/// Each way of a device gives equal bits for every order of threads.
struct Ways {
  test::SameBits y, back, grad_x, grad_w, both_w;
};

void check_way(const Context& ctx, const Data& d, const CsrView& l, Ways& first) {
  const Tensor x = d.x.to(ctx), w = d.w.to(ctx), grad_y = d.grad_y.to(ctx);
  Tensor y = test::poisoned(ctx, grad_y.shape()), grad_x = test::poisoned(ctx, x.shape());
  Tensor back = test::poisoned(ctx, x.shape());
  Tensor grad_w = test::poisoned(ctx, w.shape()), both_w = test::poisoned(ctx, w.shape());
  using enum kernels::Transpose;
  kernels::cheb_conv(ctx, l, x.view(), w.view(), kNo, y.view());
  kernels::cheb_conv(ctx, l, grad_y.view(), w.view(), kYes, back.view());
  kernels::cheb_weight_grad(ctx, l, x.view(), grad_y.view(), grad_w.view());
  kernels::cheb_backward(ctx, l, x.view(), w.view(), grad_y.view(), grad_x.view(), both_w.view());
  close(y, d.y);
  close(back, d.grad_x);
  close(grad_x, d.grad_x);
  close(grad_w, d.grad_w);
  close(both_w, d.grad_w);
  first.y.check(ctx, y);
  first.back.check(ctx, back);
  first.grad_x.check(ctx, grad_x);
  first.grad_w.check(ctx, grad_w);
  first.both_w.check(ctx, both_w);
}

/// With the tiles of L, which a GPU has, and term by term.
void check_on_every_backend(const Data& d) {
  Ways tiled, by_terms;
  test::on_every_backend([&](const Context& ctx) {
    const SparseOperator l(ctx, d.l);
    CHECK((l.view().tiles != nullptr) == (ctx.device() != Device::kCpu));
    CsrView without = l.view();
    without.tiles = nullptr;
    check_way(ctx, d, without, by_terms);
    if (ctx.device() != Device::kCpu) check_way(ctx, d, l.view(), tiled);
  });
}

TEST_CASE("cheb_conv and its adjoints agree with double precision loops on every backend") {
  for (const Case& k : kCases) {
    CAPTURE(k.name);
    Rng rng(1);
    Csr l = test::random_laplacian(k.vertices, k.neighbours, rng);
    check_on_every_backend(make(k, std::move(l), rng));
  }
}

TEST_CASE("cheb_conv in several tiles agrees with double precision loops on every backend") {
  for (const Case& k : kOnLattice) {
    CAPTURE(k.name);
    Rng rng(8);
    Csr l = k.neighbours > 0 ? test::random_laplacian(k.vertices, k.neighbours, rng)
                             : test::random_lattice(static_cast<std::int32_t>(k.vertices), rng);
    REQUIRE(CsrTiles(l).find(Context(), k.terms - 1) != nullptr);
    check_on_every_backend(make(k, std::move(l), rng));
  }
}

/// One vertex with all others around it.
Csr star(std::int32_t leaves) {
  std::vector<Triplet> entries;
  for (std::int32_t leaf = 1; leaf <= leaves; ++leaf) {
    entries.push_back({0, leaf, 1.0 / leaves});
    entries.push_back({leaf, 0, 1.0 / leaves});
  }
  return csr_from_triplets(leaves + 1, leaves + 1, std::move(entries));
}

TEST_CASE("cheb_conv goes term by term where L has no tiles, or weights leave them no room") {
  Rng rng(9);
  REQUIRE(CsrTiles(star(700)).find(Context(), 2) == nullptr);
  check_on_every_backend(make({"hub", 0, 0, 2, 3, 5, 3}, star(700), rng));
  check_on_every_backend(
      make({"many terms", 0, 0, 1, 50, 16, 16}, test::random_lattice(6, rng), rng));
}

/// A strip of triangles: a mesh whose vertex order has a small bandwidth.
Csr strip(std::int64_t vertices, Rng& rng) {
  std::vector<Triplet> entries;
  for (std::int32_t r = 0; r < vertices; ++r)
    for (const std::int32_t c : {r + 1, r + 40, r + 41}) {
      if (c >= vertices) continue;
      const double weight = rng.uniform(-1, 1) / 6;
      entries.push_back({r, c, weight});
      entries.push_back({c, r, weight});
    }
  return csr_from_triplets(vertices, vertices, std::move(entries));
}

// Large enough for several segments; the windows wrap round many times.
TEST_CASE("cheb_conv gives the same bits for any number of threads on a large banded mesh") {
  Rng rng(4);
  const std::int64_t vertices = 13000, batch = 3;
  const Csr laplacian = strip(vertices, rng);
  for (const auto& [in, out] : {std::pair{3, 16}, {16, 16}, {16, 3}}) {
    const Tensor x = test::uniform({vertices, batch, in}, rng);
    const Tensor w = test::uniform({6, in, out}, rng);
    const Tensor grad_y = test::uniform({vertices, batch, out}, rng);
    std::vector<std::vector<real>> first;
    for (const int threads : {1, 2, 3, 8}) {
      const Context ctx(Device::kCpu, threads);
      const SparseOperator l(ctx, laplacian);
      Tensor y = test::poisoned(ctx, grad_y.shape()), grad_x = test::poisoned(ctx, x.shape());
      Tensor grad_w = test::poisoned(ctx, w.shape());
      kernels::cheb_conv(ctx, l.view(), x.view(), w.view(), kernels::Transpose::kNo, y.view());
      kernels::cheb_backward(ctx, l.view(), x.view(), w.view(), grad_y.view(), grad_x.view(),
                             grad_w.view());
      const std::vector<std::vector<real>> all{y.to_host(), grad_x.to_host(), grad_w.to_host()};
      if (first.empty()) {
        first = all;
        const auto terms = basis(laplacian, test::to_double(x), batch * in, 6);
        Values expected(static_cast<std::size_t>(y.size()), 0.0);
        const Values weights = test::to_double(w);
        for (int t = 0; t < 6; ++t)
          for (std::int64_t r = 0; r < vertices * batch; ++r)
            for (std::int64_t i = 0; i < in; ++i)
              for (std::int64_t o = 0; o < out; ++o)
                expected[r * out + o] += terms[t][r * in + i] * weights[(t * in + i) * out + o];
        close(y, expected);
      }
      CHECK(all == first);
    }
  }
}

TEST_CASE("cheb_conv can be differentiated twice") {
  Rng rng(2);
  const Context ctx;
  const SparseOperator l(ctx, test::random_laplacian(23, 3, rng));
  const std::vector<Tensor> inputs{test::uniform({23, 2, 3}, rng), test::uniform({4, 3, 5}, rng)};
  const auto f = [&](const Vars& v) {
    const Var y = ops::cheb_conv(l, v[0], v[1]);
    return ops::mul(y, y);
  };
  test::check_grad(f, inputs, {.order = 2});
  const auto transposed = [&](const Vars& v) {
    const Var y = ops::cheb_conv(l, v[0], v[1], kernels::Transpose::kYes);
    return ops::mul(y, y);
  };
  test::check_grad(transposed, {test::uniform({23, 2, 5}, rng), inputs[1]}, {.order = 2});
  const auto weights = [&](const Vars& v) {
    const Var g = ops::cheb_weight_grad(l, v[0], v[1], 4);
    return ops::mul(g, g);
  };
  test::check_grad(weights, {inputs[0], test::uniform({23, 2, 2}, rng)}, {.order = 2});
}

TEST_CASE("cheb_conv names the argument that does not fit") {
  Rng rng(3);
  const Context ctx;
  const SparseOperator l(ctx, test::random_laplacian(9, 2, rng));
  const SparseOperator skew(ctx, test::random_csr(9, 9, 0.5, rng));
  const SparseOperator tall(ctx, test::random_csr(9, 8, 0.5, rng));
  Tensor x(ctx, {9, 2, 3}), off(ctx, {8, 2, 3}), w(ctx, {4, 3, 5}), y(ctx, {9, 2, 5});
  Tensor thin(ctx, {9, 2, 4}), few(ctx, {9, 1, 5});
  using enum kernels::Transpose;
  const auto conv = [&](const SparseOperator& a, const Tensor& in, Tensor& out) {
    kernels::cheb_conv(ctx, a.view(), in.view(), w.view(), kNo, out.view());
  };
  CHECK_THROWS_WITH_AS(conv(tall, x, y), doctest::Contains("L is [9, 8]"), Error);
  CHECK_THROWS_WITH_AS(conv(l, off, y), doctest::Contains("x is [8, 2, 3], expected [9"), Error);
  CHECK_THROWS_WITH_AS(conv(l, x, off), doctest::Contains("y is [8, 2, 3], expected [9"), Error);
  CHECK_THROWS_WITH_AS(conv(l, x, thin),
                       doctest::Contains("weights are [4, 3, 5], expected [K, 3, 4]"), Error);
  CHECK_THROWS_WITH_AS(conv(l, x, few), doctest::Contains("y is [9, 1, 5] for x"), Error);
  CHECK_THROWS_WITH_AS(kernels::cheb_weight_grad(ctx, l.view(), x.view(), few.view(), w.view()),
                       doctest::Contains("grad_y is [9, 1, 5]"), Error);
  CHECK_THROWS_WITH_AS(
      kernels::cheb_backward(ctx, l.view(), x.view(), w.view(), y.view(), thin.view(), w.view()),
      doctest::Contains("grad_x is [9, 2, 4]"), Error);
  Tape tape(ctx);
  CHECK_THROWS_WITH_AS(ops::cheb_conv(skew, tape.leaf(x), tape.leaf(w)),
                       doctest::Contains("L is not symmetric"), Error);
}

}  // namespace
}  // namespace fgcn
