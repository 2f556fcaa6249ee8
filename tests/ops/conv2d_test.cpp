#include "autograd/ops/conv2d.h"

#include <doctest/doctest.h>

#include "autograd/ops/binary.h"
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
    {"colours, seven by seven", {2, 31, 29, 3}, {7, 7, 3, 34}, {.stride = 2, .pad = 0}},
    {"colours, all of it padding", {1, 3, 4, 3}, {3, 3, 3, 5}, {.stride = 2, .pad = 4}},
    {"no images", {0, 5, 5, 2}, {3, 3, 2, 3}, {}},
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

TEST_CASE("conv2d and its adjoints agree with double precision loops") {
  for (const Case& k : kCases) {
    CAPTURE(k.name);
    Rng rng(1);
    const Shape shape{k.x[0], kernels::conv2d_size(k.x[1], k.weight[0], k.options),
                      kernels::conv2d_size(k.x[2], k.weight[1], k.options), k.weight[3]};
    const Tensor x = test::uniform(k.x, rng), weight = test::uniform(k.weight, rng);
    const Tensor grad = test::uniform(shape, rng);
    const std::vector<double> vx = test::to_double(x), vw = test::to_double(weight);
    const std::vector<double> vg = test::to_double(grad);
    std::vector<double> y(vg.size()), by_x(vx.size()), by_w(vw.size());
    for_each_term(k, shape, [&](std::int64_t ix, std::int64_t iw, std::int64_t iy) {
      y[iy] += vx[ix] * vw[iw];
      by_x[ix] += vg[iy] * vw[iw];
      by_w[iw] += vg[iy] * vx[ix];
    });
    // Sums of up to 1170 products of at most 1.
    const test::Tolerance bound{.abs = 2e-5, .rel = 0};
    std::vector<std::vector<real>> first;
    test::on_every_backend([&](const Context& ctx) {
      const Tensor on_x = x.to(ctx), on_w = weight.to(ctx), on_g = grad.to(ctx);
      Tensor out = test::poisoned(ctx, shape), out_x = test::poisoned(ctx, k.x);
      Tensor out_w = test::poisoned(ctx, k.weight);
      kernels::conv2d(ctx, k.options, on_x.view(), on_w.view(), out.view());
      kernels::conv2d_input(ctx, k.options, on_g.view(), on_w.view(), out_x.view());
      kernels::conv2d_weight(ctx, k.options, on_x.view(), on_g.view(), out_w.view());
      test::check_close(out, y, bound);
      test::check_close(out_x, by_x, bound);
      test::check_close(out_w, by_w, bound);
      if (ctx.device() != Device::kCpu) return;
      const std::vector<std::vector<real>> now{out.to_host(), out_x.to_host(), out_w.to_host()};
      if (first.empty()) first = now;
      CHECK(now == first);
    });
  }
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
  Tensor grad_w(ctx, {3, 3, 2, 5});
  CHECK_THROWS_WITH_AS(kernels::conv2d_weight(ctx, {}, x.view(), y.view(), grad_w.view()),
                       doctest::Contains("conv2d_weight: y is"), Error);
}

}  // namespace
}  // namespace fgcn
