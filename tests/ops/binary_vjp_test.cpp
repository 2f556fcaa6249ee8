// Gradients of binary operators: shares of a repeated operand are summed by one of several kernels,
// by the sizes and the alignment.
#include <doctest/doctest.h>

#include <algorithm>
#include <span>
#include <utility>

#include "kernels/binary/binary.h"
#include "kernels/reduce/reduce.h"
#include "tests/ops/binary_cases.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

using kernels::Binary;
using test::BinaryCase;
using Values = std::vector<double>;

struct Shares {
  Binary f;
  double (*of_a)(double, double, double);
  double (*of_b)(double, double, double);
};
const Shares kShares[] = {
    {Binary::kMul, [](double, double b, double g) { return g * b; },
     [](double a, double, double g) { return g * a; }},
    {Binary::kDiv, [](double, double b, double g) { return g / b; },
     [](double a, double b, double g) { return -g * a / (b * b); }},
    {Binary::kMax, [](double a, double b, double g) { return a > b ? g : 0; },
     [](double a, double b, double g) { return a > b ? 0 : g; }},
    {Binary::kMin, [](double a, double b, double g) { return a < b ? g : 0; },
     [](double a, double b, double g) { return a < b ? 0 : g; }},
};

/// Operands and the gradients that loops give.
struct Data {
  Tensor a, b, grad_y;
  Shape common;
  std::vector<std::size_t> in_a, in_b;

  Data(const BinaryCase& k, Rng& rng)
      : a(test::uniform(k.a, rng, 0.5, 2)),
        b(test::uniform(k.b, rng, 0.5, 2)),
        common(kernels::broadcast_shape(k.a, k.b)),
        in_a(test::places(k.a, common)),
        in_b(test::places(k.b, common)) {
    grad_y = test::uniform(common, rng);
  }
  /// Gradients of a and of b.
  std::pair<Values, Values> gradients(const Shares& f) const {
    const Values va = test::to_double(a), vb = test::to_double(b), vg = test::to_double(grad_y);
    std::pair<Values, Values> out{Values(va.size(), 0.0), Values(vb.size(), 0.0)};
    for (std::size_t i = 0; i < vg.size(); ++i) {
      const double from_a = va[in_a[i]], from_b = vb[in_b[i]];
      out.first[in_a[i]] += f.of_a(from_a, from_b, vg[i]);
      out.second[in_b[i]] += f.of_b(from_a, from_b, vg[i]);
    }
    return out;
  }
  /// Two divisions and two products, each rounded; a share is at most 8. Of a sum the terms'
  /// roundings add up, the sums of its parts are rounded once a pass.
  test::Tolerance tolerance(const Values& gradient) const {
    const double terms = static_cast<double>(common.size()) /
                         static_cast<double>(std::max<std::size_t>(1, gradient.size()));
    return {.abs = terms > 1 ? 1e-6 * terms : 0, .rel = 5e-7};
  }
};

TEST_CASE("binary_vjp agrees with a loop for every pattern, also for one gradient only") {
  for (const BinaryCase& k : test::kBinaryCases) {
    CAPTURE(k.name);
    Rng rng(5);
    const Data d(k, rng);
    for (const Shares& f : kShares) {
      CAPTURE(static_cast<int>(f.f));
      const auto [of_a, of_b] = d.gradients(f);
      test::SameBits bits_a, bits_b;
      test::on_every_backend([&, &of_a = of_a, &of_b = of_b](const Context& ctx) {
        const Tensor on_a = d.a.to(ctx), on_b = d.b.to(ctx), on_grad = d.grad_y.to(ctx);
        for (const int wanted : {1, 2, 3}) {
          Tensor to_a = test::poisoned(ctx, k.a), to_b = test::poisoned(ctx, k.b);
          kernels::binary_vjp(ctx, f.f, on_a.view(), on_b.view(), on_grad.view(),
                              (wanted & 1) != 0 ? to_a.view() : View<real>(),
                              (wanted & 2) != 0 ? to_b.view() : View<real>());
          if ((wanted & 1) != 0) {
            test::check_close(to_a, of_a, d.tolerance(of_a));
            bits_a.check(ctx, to_a);
          }
          if ((wanted & 2) != 0) {
            test::check_close(to_b, of_b, d.tolerance(of_b));
            bits_b.check(ctx, to_b);
          }
        }
      });
    }
  }
}

// No two neighbouring axes are walked alike, so that rows begin at places that take every axis to
// find. Each size is the least that takes its path: runs that part of a warp sums, one block or
// several; rows that one thread sums, one block or several, of one part or two.
const BinaryCase kSums[] = {
    {"short runs and few rows, whole pieces", {2, 1, 2, 1, 8}, {1, 2, 1, 9, 1}},
    {"short runs and few rows", {2, 1, 2, 1, 7}, {1, 2, 1, 9, 1}},
    {"long runs, whole pieces", {1, 2, 1, 2, 1}, {2, 1, 2, 1, 260}},
    {"long runs", {1, 2, 1, 2, 1}, {2, 1, 2, 1, 257}},
    {"runs of two blocks, whole pieces", {1, 2, 1, 2, 1}, {2, 1, 2, 1, 4100}},
    {"runs of two blocks", {1, 2, 1, 2, 1}, {2, 1, 2, 1, 4099}},
    {"columns, whole pieces", {2, 1, 2, 1, 8}, {1, 2, 1, 97, 1}},
    {"columns", {2, 1, 2, 1, 7}, {1, 2, 1, 97, 1}},
    {"columns of two blocks, whole pieces", {2, 1, 2, 1, 64}, {1, 2, 1, 257, 1}},
    {"columns of two blocks and two parts", {2, 1, 2, 1, 131}, {1, 2, 1, 49, 1}},
};
// One operand at full size: its gradient is written while the other's is summed.
const BinaryCase kOneSum[] = {
    {"short runs, whole pieces", {2, 3, 2, 3, 8}, {2, 1, 2, 3, 1}},
    {"short runs", {2, 3, 2, 3, 7}, {2, 1, 2, 3, 1}},
    {"short runs by turns", {2, 2, 2, 2, 135}, {1, 2, 1, 2, 1}},
    {"long runs, whole pieces", {2, 3, 2, 3, 260}, {1, 3, 1, 3, 1}},
    {"long runs", {2, 3, 2, 3, 257}, {1, 3, 1, 3, 1}},
    {"runs of two blocks, whole pieces", {2, 2, 2, 2, 4100}, {1, 2, 1, 2, 1}},
    {"runs of two blocks", {2, 2, 2, 2, 4099}, {1, 2, 1, 2, 1}},
    {"few rows, whole pieces", {2, 3, 2, 9, 8}, {2, 1, 2, 1, 8}},
    {"few rows", {2, 3, 2, 9, 7}, {2, 1, 2, 1, 7}},
    {"columns, whole pieces", {2, 3, 2, 97, 8}, {2, 1, 2, 1, 8}},
    {"columns", {2, 3, 2, 97, 7}, {2, 1, 2, 1, 7}},
    {"columns of two blocks, whole pieces", {2, 2, 2, 257, 64}, {2, 1, 2, 1, 64}},
    {"columns of two blocks and two parts", {2, 2, 2, 49, 131}, {2, 1, 2, 1, 131}},
};

/// On the device, behind `begin` other elements.
Tensor shifted(const Context& ctx, const Tensor& of, int begin) {
  Tensor out = test::poisoned(ctx, {of.shape().size() + begin});
  const Tensor on = of.to(ctx);
  ctx.runtime().copy(out.view().data + begin, on.view().data, of.bytes());
  return out;
}

void check_sums(const BinaryCase& k) {
  Rng rng(8);
  const Data d(k, rng);
  for (const Shares& f : kShares) {
    CAPTURE(static_cast<int>(f.f));
    const auto [of_a, of_b] = d.gradients(f);
    // Where arrays do not begin at 16 bytes, sums have the same bits.
    test::SameBits bits_a, bits_b;
    for (const int begin : {0, 1}) {
      CAPTURE(begin);
      test::on_every_backend([&, &of_a = of_a, &of_b = of_b](const Context& ctx) {
        const Tensor on_a = shifted(ctx, d.a, begin), on_b = shifted(ctx, d.b, begin);
        const Tensor on_grad = shifted(ctx, d.grad_y, begin);
        Tensor to_a = test::poisoned(ctx, k.a), to_b = test::poisoned(ctx, k.b);
        const auto from = [&](const Tensor& t, const Shape& shape) {
          return View<const real>(t.view().data + begin, shape);
        };
        kernels::binary_vjp(ctx, f.f, from(on_a, k.a), from(on_b, k.b), from(on_grad, d.common),
                            to_a.view(), to_b.view());
        test::check_close(to_a, of_a, d.tolerance(of_a));
        test::check_close(to_b, of_b, d.tolerance(of_b));
        bits_a.check(ctx, to_a);
        bits_b.check(ctx, to_b);
      });
    }
  }
}

TEST_CASE("binary_vjp sums shares of either operand by every path, whatever begins where") {
  for (const auto& cases :
       {std::span<const BinaryCase>(kSums), std::span<const BinaryCase>(kOneSum)})
    for (const BinaryCase& k : cases) {
      CAPTURE(k.name);
      check_sums(k);
      check_sums({k.name, k.b, k.a});
    }
}

TEST_CASE("binary_vjp sums with the bits of reduce_sum") {
  for (const BinaryCase& k : test::kBinaryCases) {
    CAPTURE(k.name);
    Rng rng(7);
    const Shape common = kernels::broadcast_shape(k.a, k.b);
    const Tensor a = test::uniform(k.a, rng, 0.5, 2), b = test::uniform(k.b, rng, 0.5, 2);
    const Tensor grad = test::uniform(common, rng);
    test::on_every_backend([&](const Context& ctx) {
      const Tensor on_a = a.to(ctx), on_b = b.to(ctx), on_grad = grad.to(ctx);
      Tensor to_a = test::poisoned(ctx, k.a), to_b = test::poisoned(ctx, k.b);
      kernels::binary_vjp(ctx, Binary::kMul, on_a.view(), on_b.view(), on_grad.view(), to_a.view(),
                          to_b.view());
      const auto expected = [&](const Tensor& factor) {
        Tensor shares(ctx, common), sum(ctx, &factor == &on_a ? k.b : k.a);
        kernels::binary(ctx, Binary::kMul, on_grad.view(), factor.view(), shares.view());
        kernels::reduce_sum(ctx, shares.view(), sum.view());
        return sum.to_host();
      };
      CHECK(to_a.to_host() == expected(on_b));
      CHECK(to_b.to_host() == expected(on_a));
    });
  }
}

}  // namespace
}  // namespace fgcn
