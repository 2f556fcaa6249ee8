#include "kernels/adam/adam.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <utility>

#include "tests/support/op_check.h"

namespace fgcn {
namespace {

using Values = std::vector<double>;

/// The formula as the header has it.
void step(const kernels::AdamOptions& o, Values& w, Values& m, Values& v, Values& mean, Values g) {
  double square = 0;
  for (std::size_t i = 0; i < g.size(); ++i) {
    g[i] += o.l2 * w[i];
    square += g[i] * g[i];
  }
  const double scale =
      o.clip_norm > 0 ? o.clip_norm / std::max(o.clip_norm, std::sqrt(square)) : 1.0;
  const double t = static_cast<double>(o.step);
  const double rate =
      o.learning_rate * std::sqrt(1 - std::pow(o.beta2, t)) / (1 - std::pow(o.beta1, t));
  for (std::size_t i = 0; i < g.size(); ++i) {
    m[i] = o.beta1 * m[i] + (1 - o.beta1) * scale * g[i];
    v[i] = o.beta2 * v[i] + (1 - o.beta2) * scale * g[i] * scale * g[i];
    w[i] -= rate * m[i] / (std::sqrt(v[i]) + o.epsilon);
    mean[i] = o.average * mean[i] + (1 - o.average) * w[i];
  }
}

constexpr kernels::AdamOptions kOptions[] = {
    {.learning_rate = 0.1},  // clipped: the gradients are long
    {.learning_rate = 0.1, .clip_norm = 0, .l2 = 0.5, .average = 0.75},  // not clipped
    {.learning_rate = 0.1, .clip_norm = 1e9, .l2 = 0.5},  // not long enough to be clipped
    {.learning_rate = 0.01, .clip_norm = 2, .l2 = 3},     // clipped by the L2 term too
};

TEST_CASE("adam follows the formula over several steps on every backend") {
  for (const kernels::AdamOptions& base : kOptions) {
    CAPTURE(base.clip_norm);
    test::on_every_backend([&](const Context& ctx) {
      Rng rng(1);
      const Shape shape{37, 1000};
      Tensor w = test::uniform(shape, rng).to(ctx);
      Tensor m = Tensor::zeros(ctx, shape), v = m.to(ctx), mean = m.to(ctx);
      Values ew = test::to_double(w), em(ew.size(), 0.0), ev = em, emean = em;
      for (kernels::AdamOptions o = base; o.step <= 3; ++o.step) {
        const Tensor grad = test::uniform(shape, rng);
        const Tensor there = grad.to(ctx);
        kernels::adam(ctx, o, {w.view(), m.view(), v.view(), mean.view()},
                      {.stored = there.view()});
        step(o, ew, em, ev, emean, test::to_double(grad));
      }
      test::check_close(w, ew, {.abs = 3e-6, .rel = 1e-5});
      test::check_close(m, em, {.abs = 3e-7, .rel = 1e-5});
      test::check_close(v, ev, {.abs = 1e-10, .rel = 1e-4});
      test::check_close(mean, emean, {.abs = 3e-6, .rel = 1e-5});
    });
  }
}

TEST_CASE("adam of a product that is not stored is adam of the product") {
  const std::int64_t in = 61, out = 1030, rank = 4;
  for (const kernels::AdamOptions& base : kOptions) {
    CAPTURE(base.clip_norm);
    test::on_every_backend([&](const Context& ctx) {
      Rng rng(2);
      Tensor w = test::uniform({in, out}, rng).to(ctx);
      Tensor m = Tensor::zeros(ctx, w.shape()), v = m.to(ctx), mean = m.to(ctx);
      Values ew = test::to_double(w), em(ew.size(), 0.0), ev = em, emean = em;
      for (kernels::AdamOptions o = base; o.step <= 3; ++o.step) {
        const Tensor x = test::uniform({rank, in}, rng), grad_y = test::uniform({rank, out}, rng);
        const Values vx = test::to_double(x), vg = test::to_double(grad_y);
        Values grad(ew.size(), 0.0);
        for (std::int64_t n = 0; n < rank; ++n)
          for (std::int64_t i = 0; i < in; ++i)
            for (std::int64_t c = 0; c < out; ++c)
              grad[i * out + c] += vx[n * in + i] * vg[n * out + c];
        const Tensor x_there = x.to(ctx), g_there = grad_y.to(ctx);
        kernels::adam(ctx, o, {w.view(), m.view(), v.view(), mean.view()},
                      {.x = x_there.view(), .grad_y = g_there.view()});
        step(o, ew, em, ev, emean, grad);
      }
      // Where a gradient nearly vanishes, its rounding is divided by its own size; through the L2
      // term such a weight is in the next gradient.
      CHECK(test::relative_error(test::to_double(w), ew) <= 1e-3);
      CHECK(test::relative_error(test::to_double(m), em) <= 1e-4);
      CHECK(test::relative_error(test::to_double(v), ev) <= 1e-4);
      CHECK(test::relative_error(test::to_double(mean), emean) <= 1e-3);
    });
  }
}

/// One tensor in a step over many.
struct Many {
  Shape shape;
  std::int64_t rank = 0;  // of its gradient; 0: stored
  double l2 = 0;
  int begin = 0;         // elements before each array: not in 16-byte pieces
  bool averaged = true;  // has a running mean
};

/// More than one launch takes; whole pieces and not, of less than a block and of several.
std::vector<Many> many_tensors() {
  std::vector<Many> out{{{4}},
                        {{1}, 0, 0.5},
                        {{5003}, 0, 0.5, 0, false},
                        {{3, 4100}, 0, 0.25, 1},
                        {{1028}, 0, 0, 1, false},
                        {{9, 2048}, 31, 0.5},
                        {{9, 2048}, 1, 0, 0, false},
                        {{61, 103}, 31, 0.5, 1},
                        {{61, 103}, 5},
                        {{61, 104}, 2, 0.5, 1, false}};
  while (out.size() < 27) out.push_back({{static_cast<std::int64_t>(out.size() % 5 + 1), 3}});
  return out;
}

/// Zeros on the device.
template <class T>
class Room {
 public:
  Room(const Context& ctx, std::size_t count)
      : runtime_(ctx.runtime()), bytes_(count * sizeof(T)), data_(runtime_.allocate(bytes_)) {
    runtime_.zero(data_, bytes_);
  }
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;
  ~Room() { runtime_.release(data_, bytes_); }

  T* data() const { return static_cast<T*>(data_); }
  T first() const {
    T out{};
    runtime_.download(&out, data_, sizeof out);
    return out;
  }

 private:
  Runtime& runtime_;
  std::size_t bytes_;
  void* data_;
};

TEST_CASE("adam_step takes many tensors at once, each clipped by its own norm") {
  const std::vector<Many> tensors = many_tensors();
  const kernels::AdamOptions base{.learning_rate = 0.1, .clip_norm = 2, .average = 0.75, .step = 3};
  test::on_every_backend([&](const Context& ctx) {
    Rng rng(5);
    const auto placed = [&](const Tensor& values, int begin) {
      Tensor out = test::poisoned(ctx, {values.size() + begin});
      const Tensor on = values.to(ctx);
      ctx.runtime().copy(out.view().data + begin, on.view().data, values.bytes());
      return out.part(begin, values.shape());
    };
    std::vector<Tensor> memory;
    memory.reserve(7 * tensors.size());
    const auto keep = [&](Tensor tensor) -> Tensor& {
      memory.push_back(std::move(tensor));
      return memory.back();
    };
    std::vector<kernels::AdamTensor> all;
    std::vector<Values> expected;  // w and the mean
    for (const Many& k : tensors) {
      // Moments of earlier steps, so that weights do not hang on the sign of a tiny gradient.
      const Tensor start = test::uniform(k.shape, rng), first = test::uniform(k.shape, rng);
      const Tensor second = test::uniform(k.shape, rng, 0.5, 1), mean = test::uniform(k.shape, rng);
      Tensor &w = keep(placed(start, k.begin)), &m = keep(placed(first, k.begin));
      Tensor& v = keep(placed(second, k.begin));
      kernels::AdamTensor tensor{{w.view(), m.view(), v.view()}, {}, k.l2};
      if (k.averaged) tensor.state.mean = keep(placed(mean, k.begin)).view();
      Values grad(static_cast<std::size_t>(start.size()), 0.0);
      if (k.rank == 0) {
        const Tensor stored = test::uniform(k.shape, rng);
        grad = test::to_double(stored);
        tensor.grad.stored = keep(placed(stored, k.begin)).view();
      } else {
        const std::int64_t in = k.shape[0], out = k.shape[1];
        const Tensor x = test::uniform({k.rank, in}, rng), g = test::uniform({k.rank, out}, rng);
        const Values vx = test::to_double(x), vg = test::to_double(g);
        for (std::int64_t n = 0; n < k.rank; ++n)
          for (std::int64_t i = 0; i < in * out; ++i)
            grad[i] += vx[n * in + i / out] * vg[n * out + i % out];
        tensor.grad.x = keep(placed(x, k.begin)).view();
        tensor.grad.grad_y = keep(placed(g, k.begin)).view();
      }
      kernels::AdamOptions options = base;
      options.l2 = k.l2;
      Values ew = test::to_double(start), em = test::to_double(first), ev = test::to_double(second);
      Values emean = test::to_double(mean);
      step(options, ew, em, ev, emean, grad);
      expected.insert(expected.end(), {ew, emean});
      all.push_back(tensor);
    }
    const Room<kernels::AdamFactors> factors(ctx, 1);
    const Room<double> squares(ctx, all.size());
    const Room<real> scales(ctx, all.size());
    const Room<std::int32_t> bad(ctx, 1);
    const kernels::AdamFactors of_step = kernels::adam_factors(base);
    ctx.runtime().upload(factors.data(), &of_step, sizeof of_step);
    const kernels::AdamRecord record{factors.data(), squares.data(), scales.data(), bad.data()};
    kernels::adam_step(ctx, base.clip_norm, all, record);
    const auto values = [&](const View<real>& view) {
      Tensor out(ctx, view.shape);
      ctx.runtime().copy(out.view().data, view.data, out.bytes());
      return out;
    };
    const test::Tolerance bound{.abs = 3e-6, .rel = 1e-5};
    for (std::size_t i = 0; i < all.size(); ++i) {
      CAPTURE(i);
      test::check_close(values(all[i].state.w), expected[2 * i], bound);
      if (tensors[i].averaged)
        test::check_close(values(all[i].state.mean), expected[2 * i + 1], bound);
    }
    CHECK(bad.first() == 0);
    // Two norms that are not finite: the first is named, and nothing changes in any tensor.
    for (const std::size_t i : {4, 25})
      all[i].grad.stored = keep(test::poisoned(ctx, tensors[i].shape)).view();
    const std::vector<real> before = values(all[0].state.w).to_host();
    kernels::adam_step(ctx, base.clip_norm, all, record);
    CHECK(bad.first() == 5);
    CHECK(values(all[0].state.w).to_host() == before);
  });
}

TEST_CASE("adam without a running mean does the same to the weights") {
  const Context ctx;
  Rng rng(3);
  const Tensor start = test::uniform({40, 30}, rng), grad = test::uniform({40, 30}, rng);
  Tensor w[2], mean = start.to(ctx);
  for (Tensor& one : w) {
    one = start.to(ctx);
    Tensor m = Tensor::zeros(ctx, one.shape()), v = m.to(ctx);
    kernels::AdamState state{one.view(), m.view(), v.view()};
    if (&one == w) state.mean = mean.view();
    kernels::adam(ctx, {.average = 0.5}, state, {.stored = grad.view()});
  }
  CHECK(w[0].to_host() == w[1].to_host());
  CHECK(mean.to_host() != start.to_host());
}

TEST_CASE("adam names the argument that does not fit") {
  const Context ctx;
  Tensor w(ctx, {4, 3}), other(ctx, {3, 4}), x(ctx, {2, 4}), g(ctx, {2, 3}), flat(ctx, {12});
  Tensor many(ctx, {65, 4}), many_g(ctx, {65, 3});
  const kernels::AdamState good{w.view(), w.view(), w.view()};
  const auto dense = [&](const kernels::AdamState& state, const Tensor& grad,
                         const kernels::AdamOptions& options = {}) {
    kernels::adam(ctx, options, state, {.stored = grad.view()});
  };
  const auto low = [&](const kernels::AdamState& state, const Tensor& a, const Tensor& b) {
    kernels::adam(ctx, {}, state, {.x = a.view(), .grad_y = b.view()});
  };
  CHECK_THROWS_WITH_AS(dense({w.view(), other.view(), w.view()}, w),
                       doctest::Contains("the moments are [3, 4] and [4, 3]"), Error);
  CHECK_THROWS_WITH_AS(dense({w.view(), w.view(), w.view(), other.view()}, w),
                       doctest::Contains("the mean is [3, 4]"), Error);
  CHECK_THROWS_WITH_AS(dense(good, other), doctest::Contains("the gradient is [3, 4]"), Error);
  CHECK_THROWS_WITH_AS(dense(good, w, {.clip_norm = 0, .step = 0}),
                       doctest::Contains("the step is 0"), Error);
  CHECK_THROWS_WITH_AS(low(good, g, g), doctest::Contains("x is [2, 3] for weights [4, 3]"), Error);
  CHECK_THROWS_WITH_AS(low(good, x, x), doctest::Contains("grad_y is [2, 4], expected [2, 3]"),
                       Error);
  CHECK_THROWS_WITH_AS(low(good, many, many_g), doctest::Contains("rank 65"), Error);
  CHECK_THROWS_WITH_AS(low({flat.view(), flat.view(), flat.view()}, x, g),
                       doctest::Contains("weights are [12], expected a matrix"), Error);
  const Tensor nan = test::poisoned(ctx, {4, 3});
  CHECK_THROWS_WITH_AS(dense(good, nan), doctest::Contains("norm is"), Error);
}

}  // namespace
}  // namespace fgcn
