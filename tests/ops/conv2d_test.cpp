#include "autograd/ops/conv2d.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "autograd/ops/binary.h"
#include "kernels/conv2d/conv2d_vendor.h"
#include "kernels/runtime/graph.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

using kernels::Conv2dOptions;

struct Case {
  const char* name;
  Shape x, weight;
  Conv2dOptions options;
};
const Case kCases[] = {
    {"one element", {1, 1, 1, 1}, {1, 1, 1, 1}, {}},
    {"one by one", {2, 7, 5, 3}, {1, 1, 3, 17}, {}},
    {"one by one, stride", {2, 7, 5, 3}, {1, 1, 3, 4}, {.stride = 2}},
    {"three by three", {2, 9, 11, 5}, {3, 3, 5, 7}, {.stride = 1, .pad = 1}},
    {"stride two", {3, 13, 10, 4}, {3, 3, 4, 19}, {.stride = 2, .pad = 1}},
    {"stride three over two", {1, 11, 12, 2}, {2, 2, 2, 3}, {.stride = 3, .pad = 2}},
    {"rectangular", {2, 6, 9, 3}, {4, 2, 3, 5}, {.stride = 2, .pad = 3}},
    {"rows left over", {1, 8, 8, 2}, {3, 3, 2, 2}, {.stride = 2, .pad = 0}},
    {"whole image", {2, 7, 7, 33}, {7, 7, 33, 1}, {}},
    {"deep", {1, 5, 40, 130}, {3, 3, 130, 9}, {.stride = 1, .pad = 1}},
    {"many channels, stride two", {2, 13, 10, 19}, {3, 3, 19, 5}, {.stride = 2, .pad = 1}},
    {"many channels, stride three over two",
     {1, 11, 12, 20},
     {2, 2, 20, 35},
     {.stride = 3, .pad = 2}},
    {"many channels, rectangular", {2, 6, 9, 33}, {4, 2, 33, 9}, {.stride = 2, .pad = 3}},
    {"few pixels", {1, 4, 5, 70}, {3, 3, 70, 37}, {.stride = 1, .pad = 1}},
    {"few pixels, stride two", {1, 5, 5, 18}, {3, 3, 18, 70}, {.stride = 2, .pad = 0}},
    {"colors, seven by seven", {2, 31, 29, 3}, {7, 7, 3, 34}, {.stride = 2, .pad = 0}},
    {"colors, all of it padding", {1, 3, 4, 3}, {3, 3, 3, 5}, {.stride = 2, .pad = 4}},
    {"no images", {0, 5, 5, 2}, {3, 3, 2, 3}, {}},
    // Of the GPU's own kernels: just over a tile of 64 x 64 results and 16 terms, or of 128 x 8.
    {"over a tile of pixels", {1, 5, 13, 4}, {1, 1, 4, 12}, {}},
    {"over a tile of channels", {1, 4, 5, 8}, {1, 1, 8, 65}, {}},
    {"over a tile of terms", {1, 5, 5, 17}, {1, 1, 17, 17}, {}},
    {"over a narrow tile of pixels", {1, 3, 43, 5}, {1, 1, 5, 8}, {}},
    {"over narrow channels", {1, 5, 7, 9}, {2, 2, 9, 9}, {.stride = 1, .pad = 1}},
    {"whole pieces", {2, 9, 7, 8}, {3, 3, 8, 68}, {.stride = 2, .pad = 1}},
    {"whole pieces, stride three over two", {1, 11, 12, 12}, {2, 2, 12, 16}, {.stride = 3}},
    {"whole pieces from odd channels", {1, 6, 7, 13}, {3, 3, 13, 16}, {.stride = 1, .pad = 1}},
    {"and stride two", {1, 9, 8, 21}, {3, 3, 21, 36}, {.stride = 2, .pad = 1}},
    {"colors to whole pieces", {1, 9, 10, 3}, {5, 5, 3, 64}, {.stride = 2, .pad = 2}},
    {"whole pieces to colors", {2, 9, 8, 16}, {3, 3, 16, 3}, {.stride = 1, .pad = 1}},
    {"pad beyond the kernel", {1, 4, 3, 4}, {2, 3, 4, 12}, {.stride = 2, .pad = 5}},
    {"stride beyond the image", {2, 5, 4, 3}, {3, 2, 3, 6}, {.stride = 9, .pad = 1}},
    {"a stride of billions", {1, 5, 4, 3}, {5, 2, 3, 6}, {.stride = std::int64_t{1} << 40}},
    {"thousands of channels", {1, 2, 3, 1001}, {3, 3, 1001, 10}, {.stride = 1, .pad = 1}},
    {"thousands of channels, whole pieces", {1, 2, 2, 1024}, {2, 2, 1024, 12}, {.stride = 2}},
    {"a dozen parts", {1, 1, 2, 3400}, {1, 1, 3400, 9}, {}},
    {"thousands of pixels", {2, 51, 49, 3}, {3, 3, 3, 4}, {.stride = 1, .pad = 1}},
    {"thousands of pixels, stride two", {2, 99, 97, 4}, {3, 3, 4, 12}, {.stride = 2, .pad = 1}},
};

/// Calls term(index in x, index in weight, index in y) for each product of the sum.
template <class Term>
void for_each_term(const Case& k, const Shape& y, const Term& term) {
  const auto at = [](const Shape& s, std::int64_t a, std::int64_t b, std::int64_t c,
                     std::int64_t d) { return ((a * s[1] + b) * s[2] + c) * s[3] + d; };
  for (std::int64_t n = 0; n < y[0]; ++n)
    for (std::int64_t h = 0; h < y[1]; ++h)
      for (std::int64_t w = 0; w < y[2]; ++w)
        for (std::int64_t i = 0; i < k.weight[0]; ++i)
          for (std::int64_t j = 0; j < k.weight[1]; ++j) {
            const std::int64_t xh = h * k.options.stride + i - k.options.pad;
            const std::int64_t xw = w * k.options.stride + j - k.options.pad;
            if (xh < 0 || xh >= k.x[1] || xw < 0 || xw >= k.x[2]) continue;
            for (std::int64_t c = 0; c < k.weight[2]; ++c)
              for (std::int64_t d = 0; d < k.weight[3]; ++d)
                term(at(k.x, n, xh, xw, c), at(k.weight, i, j, c, d), at(y, n, h, w, d));
          }
}

using kernels::Conv2dBy;

void prefer(const Context& ctx, Conv2dBy by) {
  ctx.runtime().library<kernels::Conv2dChoices>().prefer(by);
}

/// Results by double precision loops.
struct Expected {
  Shape shape;  // of y
  std::vector<double> y, by_x, by_w;
};

Expected loops(const Case& k, const Tensor& x, const Tensor& weight, const Tensor& grad) {
  const std::vector<double> vx = test::to_double(x), vw = test::to_double(weight);
  const std::vector<double> vg = test::to_double(grad);
  Expected out{grad.shape(), std::vector<double>(vg.size()), std::vector<double>(vx.size()),
               std::vector<double>(vw.size())};
  for_each_term(k, out.shape, [&](std::int64_t ix, std::int64_t iw, std::int64_t iy) {
    out.y[iy] += vx[ix] * vw[iw];
    out.by_x[ix] += vg[iy] * vw[iw];
    out.by_w[iw] += vg[iy] * vx[ix];
  });
  return out;
}

Shape shape_of_y(const Case& k) {
  return {k.x[0], kernels::conv2d_size(k.x[1], k.weight[0], k.options),
          kernels::conv2d_size(k.x[2], k.weight[1], k.options), k.weight[3]};
}

/// Sums of products of at most 1: every addition rounds a partial sum, of some square root of
/// their number, by 2^-24 of it.
test::Tolerance bound_of(const Case& k, const Shape& y) {
  const std::int64_t taps = k.weight[0] * k.weight[1];
  const std::int64_t terms = std::max({taps * k.weight[2], taps * k.weight[3], y[0] * y[1] * y[2]});
  return {.abs = std::max(2e-5, 2e-8 * static_cast<double>(terms)), .rel = 0};
}

TEST_CASE("conv2d and its adjoints agree with double precision loops") {
  for (const Case& k : kCases) {
    CAPTURE(k.name);
    Rng rng(1);
    const Tensor x = test::uniform(k.x, rng), weight = test::uniform(k.weight, rng);
    const Tensor grad = test::uniform(shape_of_y(k), rng);
    const Expected expected = loops(k, x, weight, grad);
    const test::Tolerance bound = bound_of(k, expected.shape);
    for (const Conv2dBy by : {Conv2dBy::kVendorFirst, Conv2dBy::kOwnKernels}) {
      CAPTURE(static_cast<int>(by));
      test::SameBits y_bits, x_bits, w_bits;
      test::on_every_backend([&](const Context& ctx) {
        const bool on_cpu = ctx.device() == Device::kCpu;
        if (on_cpu && by == Conv2dBy::kOwnKernels) return;
        prefer(ctx, by);
        const Tensor on_x = x.to(ctx), on_w = weight.to(ctx), on_g = grad.to(ctx);
        Tensor out = test::poisoned(ctx, expected.shape), out_x = test::poisoned(ctx, k.x);
        Tensor out_w = test::poisoned(ctx, k.weight);
        ctx.runtime().reset_counts();
        kernels::conv2d(ctx, k.options, on_x.view(), on_w.view(), out.view());
        kernels::conv2d_input(ctx, k.options, on_g.view(), on_w.view(), out_x.view());
        kernels::conv2d_weight(ctx, k.options, on_x.view(), on_g.view(), out_w.view());
        if (!on_cpu && by == Conv2dBy::kOwnKernels) CHECK(ctx.runtime().counts().vendor_calls == 0);
        if (ctx.device() == Device::kEmulated && by == Conv2dBy::kVendorFirst && x.size() > 0) {
          const bool fits = k.options.stride <= std::numeric_limits<int>::max();
          CHECK(ctx.runtime().counts().vendor_calls ==
                (fits && kernels::conv2d_has_vendor(ctx) ? 3 : 0));
        }
        test::check_close(out, expected.y, bound);
        test::check_close(out_x, expected.by_x, bound);
        test::check_close(out_w, expected.by_w, bound);
        y_bits.check(ctx, out);
        x_bits.check(ctx, out_x);
        w_bits.check(ctx, out_w);
      });
    }
  }
}

TEST_CASE("conv2d takes arrays that do not begin with a piece of 16 bytes") {
  const Case k{"", {1, 6, 5, 8}, {3, 3, 8, 12}, {.stride = 1, .pad = 1}};
  Rng rng(7);
  const Tensor x = test::uniform(k.x, rng), weight = test::uniform(k.weight, rng);
  const Tensor grad = test::uniform(shape_of_y(k), rng);
  const Expected expected = loops(k, x, weight, grad);
  // Operands and results, or only the results, behind one element of another array.
  for (const int begin : {1, 0})
    test::on_every_backend([&](const Context& ctx) {
      CAPTURE(begin);
      prefer(ctx, Conv2dBy::kOwnKernels);
      const auto shifted = [&](const Tensor& of) {
        Tensor out = test::poisoned(ctx, {of.shape().size() + begin});
        const Tensor on = of.to(ctx);
        ctx.runtime().copy(out.view().data + begin, on.view().data, of.bytes());
        return out;
      };
      const auto operand = [&](const Tensor& of, const Shape& shape) {
        return View<const real>(of.view().data + begin, shape);
      };
      const auto view = [](Tensor& of, const Shape& shape) {
        return View<real>(of.view().data + 1, shape);
      };
      const Tensor on_x = shifted(x), on_w = shifted(weight), on_g = shifted(grad);
      Tensor y = test::poisoned(ctx, {expected.shape.size() + 1});
      Tensor by_x = test::poisoned(ctx, {k.x.size() + 1}),
             by_w = test::poisoned(ctx, {k.weight.size() + 1});
      kernels::conv2d(ctx, k.options, operand(on_x, k.x), operand(on_w, k.weight),
                      view(y, expected.shape));
      kernels::conv2d_input(ctx, k.options, operand(on_g, expected.shape), operand(on_w, k.weight),
                            view(by_x, k.x));
      kernels::conv2d_weight(ctx, k.options, operand(on_x, k.x), operand(on_g, expected.shape),
                             view(by_w, k.weight));
      const auto check = [&](const Tensor& actual, const std::vector<double>& right) {
        const std::vector<double> all = test::to_double(actual);
        CHECK(std::isnan(all[0]));
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < right.size(); ++i)
          wrong += !(std::abs(all[i + 1] - right[i]) <= 2e-5);
        CHECK(wrong == 0);
      };
      check(y, expected.y);
      check(by_x, expected.by_x);
      check(by_w, expected.by_w);
    });
}

// The order of a sum is part of what the kernels promise. The emulator does not contract a * b + c,
// so its bits are those of plain loops.
TEST_CASE("conv2d's own kernels add a deep sum in parts of 256 terms, in order") {
  if (!available(Device::kEmulated)) return;
  constexpr std::int64_t kDepth = 5 * 256, kPart = 256, kChannels = 20;
  Rng rng(5);
  const Tensor x = test::uniform({1, 1, 1, kDepth}, rng);
  const Tensor weight = test::uniform({1, 1, kDepth, kChannels}, rng);
  const std::vector<real> vx = x.to_host(), vw = weight.to_host();
  const Context ctx(Device::kEmulated, 0, 1);
  prefer(ctx, Conv2dBy::kOwnKernels);
  const auto sum_of = [](std::int64_t from, const auto& term) {
    real sum = 0;
    for (std::int64_t k = from; k < from + kPart; ++k) {
      const volatile real product = term(k);  // rounded before it is added
      sum += product;
    }
    return sum;
  };
  const auto sum_in_parts = [&](const auto& term) {
    real sum = 0;
    for (std::int64_t part = 0; part < kDepth; part += kPart) sum += sum_of(part, term);
    return sum;
  };
  {
    Tensor y = test::poisoned(ctx, {1, 1, 1, kChannels});
    kernels::conv2d(ctx, {}, x.to(ctx).view(), weight.to(ctx).view(), y.view());
    const std::vector<real> out = y.to_host();
    for (std::int64_t d = 0; d < kChannels; ++d)
      CHECK(out[d] == sum_in_parts([&](std::int64_t k) { return vx[k] * vw[k * kChannels + d]; }));
  }
  {
    // By input: as many channels of y; by weight: as many pixels.
    Tensor by_x = test::poisoned(ctx, {1, 1, 1, kChannels});
    kernels::conv2d_input(ctx, {}, x.to(ctx).view(),
                          weight.to(ctx).reshaped({1, 1, kChannels, kDepth}).view(), by_x.view());
    const std::vector<real> out = by_x.to_host();
    for (std::int64_t c = 0; c < kChannels; ++c)
      CHECK(out[c] == sum_in_parts([&](std::int64_t k) { return vx[k] * vw[c * kDepth + k]; }));
  }
  {
    Tensor by_w = test::poisoned(ctx, {1, 1, 1, kChannels});
    kernels::conv2d_weight(ctx, {}, x.to(ctx).reshaped({1, 1, kDepth, 1}).view(),
                           weight.to(ctx).view(), by_w.view());
    const std::vector<real> out = by_w.to_host();
    for (std::int64_t d = 0; d < kChannels; ++d)
      CHECK(out[d] == sum_in_parts([&](std::int64_t k) { return vx[k] * vw[k * kChannels + d]; }));
  }
}

TEST_CASE("conv2d that is first met while work is recorded runs by its own kernels, and says so") {
  if (!available(Device::kEmulated)) return;
  const Case k{"", {1, 6, 5, 3}, {3, 3, 3, 4}, {.stride = 1, .pad = 1}};
  Rng rng(9);
  const Tensor x = test::uniform(k.x, rng), weight = test::uniform(k.weight, rng);
  const Expected expected = loops(k, x, weight, test::uniform(shape_of_y(k), rng));
  const Context ctx(Device::kEmulated);
  const Tensor on_x = x.to(ctx), on_w = weight.to(ctx);
  Tensor y = test::poisoned(ctx, expected.shape), again = test::poisoned(ctx, expected.shape);
  ctx.runtime().reset_counts();
  const Graph graph(ctx, [&] {
    kernels::conv2d(ctx, k.options, on_x.view(), on_w.view(), y.view());
    kernels::conv2d(ctx, k.options, on_x.view(), on_w.view(), y.view());
  });
  graph.run();
  test::check_close(y, expected.y, bound_of(k, expected.shape));
  // Then it stays so: the same bits with a graph and without.
  kernels::conv2d(ctx, k.options, on_x.view(), on_w.view(), again.view());
  CHECK(again.to_host() == y.to_host());
  CHECK(ctx.runtime().counts().vendor_calls == 0);
  const auto& said = ctx.runtime().library<kernels::Conv2dChoices>().said();
  CHECK(said.size() == (kernels::conv2d_has_vendor(ctx) ? 1 : 0));
  for (const std::string& line : said)
    CHECK(line.find("x [1, 6, 5, 3], weight [3, 3, 3, 4]") != std::string::npos);
}

TEST_CASE("conv2d and its adjoints can be differentiated twice") {
  Rng rng(2);
  for (const Conv2dOptions& options :
       {Conv2dOptions{.stride = 1, .pad = 1}, Conv2dOptions{.stride = 2, .pad = 1},
        Conv2dOptions{.stride = 3, .pad = 0}}) {
    CAPTURE(options.stride);
    const Shape x{2, 6, 5, 2}, w{3, 2, 2, 3};
    const Shape y{2, kernels::conv2d_size(6, 3, options), kernels::conv2d_size(5, 2, options), 3};
    const auto squared = [](const Var& v) { return ops::mul(v, v); };
    test::check_grad([&](const Vars& v) { return squared(ops::conv2d(v[0], v[1], options)); },
                     {test::uniform(x, rng), test::uniform(w, rng)}, {.order = 2});
    test::check_grad(
        [&](const Vars& v) { return squared(ops::conv2d_input(v[0], v[1], x, options)); },
        {test::uniform(y, rng), test::uniform(w, rng)}, {.order = 2});
    test::check_grad(
        [&](const Vars& v) { return squared(ops::conv2d_weight(v[0], v[1], w, options)); },
        {test::uniform(x, rng), test::uniform(y, rng)}, {.order = 2});
  }
}

TEST_CASE("conv2d names what does not fit") {
  const Context ctx;
  const Tensor x(ctx, {1, 5, 5, 2}), w(ctx, {3, 3, 2, 4}), other(ctx, {3, 3, 3, 4});
  const Tensor flat(ctx, {5, 5});
  Tensor y(ctx, {1, 3, 3, 4}), small(ctx, {1, 2, 3, 4});
  CHECK_THROWS_WITH_AS(kernels::conv2d(ctx, {}, x.view(), other.view(), y.view()),
                       doctest::Contains("is of 3 channels"), Error);
  CHECK_THROWS_WITH_AS(kernels::conv2d(ctx, {}, flat.view(), w.view(), y.view()),
                       doctest::Contains("x is [5, 5]"), Error);
  CHECK_THROWS_WITH_AS(kernels::conv2d(ctx, {}, x.view(), w.view(), small.view()),
                       doctest::Contains("y is [1, 2, 3, 4], expected [1, 3, 3, 4]"), Error);
  CHECK_THROWS_WITH_AS(kernels::conv2d_size(2, 3, {}),
                       doctest::Contains("a kernel of 3 pixels does not fit into 2"), Error);
  CHECK_THROWS_WITH_AS(kernels::conv2d_size(2, 3, {.stride = 0}),
                       doctest::Contains("a stride of 0"), Error);
  const auto too_many = std::int64_t{1} << 31;
  if (available(Device::kEmulated)) {
    const Context emulated(Device::kEmulated);
    prefer(emulated, Conv2dBy::kOwnKernels);
    CHECK_THROWS_WITH_AS(
        kernels::conv2d(emulated, {}, View<const real>(nullptr, {1, 1, too_many, 1}),
                        View<const real>(nullptr, {1, 1, 1, 1}),
                        View<real>(nullptr, {1, 1, too_many, 1})),
        doctest::Contains("2147483648 pixels are more than its kernels count"), Error);
  }
  Tensor grad_w(ctx, {3, 3, 2, 5});
  CHECK_THROWS_WITH_AS(kernels::conv2d_weight(ctx, {}, x.view(), y.view(), grad_w.view()),
                       doctest::Contains("conv2d_weight: y is"), Error);
}

}  // namespace
}  // namespace fgcn
