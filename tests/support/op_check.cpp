#include "tests/support/op_check.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <string>

#include "autograd/ops/binary.h"
#include "autograd/ops/reduce.h"

namespace fgcn::test {

Tensor uniform(const Shape& shape, Rng& rng, double low, double high) {
  std::vector<double> values(static_cast<std::size_t>(shape.size()));
  for (double& v : values) v = rng.uniform(low, high);
  return Tensor::of(Context(Device::kCpu), shape, values);
}

Tensor poisoned(const Context& ctx, const Shape& shape) {
  return Tensor::full(ctx, shape, std::numeric_limits<real>::quiet_NaN());
}

Csr random_csr(std::int64_t rows, std::int64_t cols, double density, Rng& rng) {
  std::vector<Triplet> entries;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < cols; ++c) {
      if (rng.uniform() < density)
        entries.push_back(
            {static_cast<std::int32_t>(r), static_cast<std::int32_t>(c), rng.uniform(-1, 1)});
    }
  }
  return csr_from_triplets(rows, cols, std::move(entries));
}

Csr random_laplacian(std::int64_t size, std::int64_t neighbours, Rng& rng) {
  std::vector<Triplet> entries;
  for (std::int64_t r = 0; r < size; ++r) {
    for (std::int64_t k = 0; k < neighbours; ++k) {
      const std::int64_t c = (r + 1 + rng.below(std::max<std::int64_t>(1, size / 4))) % size;
      if (c == r) continue;
      const double weight = rng.uniform(-1, 1) / static_cast<double>(2 * neighbours + 2);
      entries.push_back({static_cast<std::int32_t>(r), static_cast<std::int32_t>(c), weight});
      entries.push_back({static_cast<std::int32_t>(c), static_cast<std::int32_t>(r), weight});
    }
  }
  return csr_from_triplets(size, size, std::move(entries));
}

Csr random_lattice(std::int32_t side, Rng& rng) {
  std::vector<Triplet> entries;
  for (std::int32_t y = 0; y < side; ++y)
    for (std::int32_t x = 0; x < side; ++x)
      for (const auto& [dx, dy] : {std::pair{1, 0}, {0, 1}, {1, 1}}) {
        if (x + dx >= side || y + dy >= side) continue;
        const std::int32_t one = y * side + x, other = (y + dy) * side + x + dx;
        const double weight = rng.uniform(-1, 1) / 6;
        entries.push_back({one, other, weight});
        entries.push_back({other, one, weight});
      }
  return csr_from_triplets(std::int64_t{side} * side, std::int64_t{side} * side,
                           std::move(entries));
}

std::vector<double> to_double(const Tensor& tensor) {
  const std::vector<real> host = tensor.to_host();
  return {host.begin(), host.end()};
}

void check_close(const Tensor& actual, const std::vector<double>& expected, Tolerance tolerance) {
  const std::vector<double> values = to_double(actual);
  REQUIRE(values.size() == expected.size());
  std::size_t wrong = 0;
  std::size_t first = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double bound = tolerance.abs + tolerance.rel * std::abs(expected[i]);
    if (!(std::abs(values[i] - expected[i]) <= bound) && wrong++ == 0) first = i;
  }
  if (wrong > 0) {
    FAIL_CHECK(wrong << " of " << values.size() << " elements differ; the first is " << first
                     << ": " << values[first] << ", expected " << expected[first]);
  }
}

double relative_error(const std::vector<double>& actual, const std::vector<double>& expected) {
  REQUIRE(actual.size() == expected.size());
  double error = 0;
  double scale = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double difference = std::abs(actual[i] - expected[i]);
    if (std::isnan(difference)) return difference;
    error = std::max(error, difference);
    scale = std::max(scale, std::abs(expected[i]));
  }
  return scale > 0 ? error / scale : error;
}

void on_every_backend(const std::function<void(const Context&)>& body) {
  for (const int threads : {1, 3}) {
    CAPTURE(threads);
    body(Context(Device::kCpu, threads));
  }
  for (const Device device : {Device::kEmulated, Device::kCuda}) {
    if (!available(device)) continue;
    const std::string device_name = name(device);
    CAPTURE(device_name);
    // Each emulated context runs its threads and blocks in another order.
    const int orders = device == Device::kEmulated ? 3 : 1;
    for (int order = 0; order < orders; ++order) {
      CAPTURE(order);
      try {
        body(Context(device, 0, device == Device::kEmulated ? order : 0));
      } catch (const MissingBackend& missing) {
        static std::set<std::string> told;  // once an operator, not once a case
        const std::string what = missing.what();
        if (told.insert(what).second) MESSAGE(what);
        break;
      }
    }
  }
}

void SameBits::check(const Context& ctx, const Tensor& y) {
  const std::vector<real> host = y.to_host();
  const std::vector<real>& first = first_.emplace(ctx.device(), host).first->second;
  REQUIRE(host.size() == first.size());
  const bool same =
      host.empty() || std::memcmp(host.data(), first.data(), host.size() * sizeof(real)) == 0;
  CHECK(same);
}

namespace {

/// One or more derivatives by the inputs along random directions, as a scalar function.
struct Probe {
  std::vector<Tensor> inputs;
  Tensor cotangent;

  /// <cotangent, f(inputs)>
  Var value(Tape& tape, const Function& f, const Vars& xs) const {
    return ops::sum(ops::mul(f(xs), tape.constant(cotangent)));
  }
};

std::vector<Tensor> moved(const std::vector<Tensor>& inputs, const std::vector<Tensor>& direction,
                          double step) {
  std::vector<Tensor> out;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::vector<double> values = to_double(inputs[i]);
    const std::vector<double> along = to_double(direction[i]);
    for (std::size_t k = 0; k < values.size(); ++k) values[k] += step * along[k];
    out.push_back(Tensor::of(inputs[i].context(), inputs[i].shape(), values));
  }
  return out;
}

double dot(const Vars& grads, const std::vector<Tensor>& direction) {
  double sum = 0;
  for (std::size_t i = 0; i < grads.size(); ++i) {
    const std::vector<double> g = to_double(grads[i].value());
    const std::vector<double> d = to_double(direction[i]);
    for (std::size_t k = 0; k < g.size(); ++k) sum += g[k] * d[k];
  }
  return sum;
}

Vars leaves(Tape& tape, const std::vector<Tensor>& inputs) {
  Vars xs;
  for (const Tensor& input : inputs) xs.push_back(tape.leaf(input));
  return xs;
}

std::vector<Tensor> directions(const std::vector<Tensor>& inputs, Rng& rng) {
  std::vector<Tensor> out;
  for (const Tensor& input : inputs) out.push_back(uniform(input.shape(), rng));
  return out;
}

constexpr bool kDouble = sizeof(real) == sizeof(double);

void compare(double derivative, double difference, const GradCheck& options, const char* what) {
  CAPTURE(what);
  CAPTURE(derivative);
  CAPTURE(difference);
  const double scale = std::max({std::abs(derivative), std::abs(difference), 1e-3});
  if (kDouble) CHECK(std::abs(derivative - difference) <= options.tolerance * scale);
  CHECK(std::isfinite(derivative));
}

std::vector<Tensor> on(const Context& ctx, const std::vector<Tensor>& tensors) {
  std::vector<Tensor> out;
  for (const Tensor& t : tensors) out.push_back(t.to(ctx));
  return out;
}

/// <gradients, direction>, taped.
Var taped_dot(const Vars& grads, const std::vector<Tensor>& direction) {
  Var sum;
  for (std::size_t i = 0; i < grads.size(); ++i) {
    Tape& tape = grads[i].tape();
    const Var term = ops::sum(ops::mul(grads[i], tape.constant(direction[i])));
    sum = sum.defined() ? ops::add(sum, term) : term;
  }
  return sum;
}

}  // namespace

void check_grad_on_every_backend(const Function& f, const std::vector<Tensor>& inputs, int order,
                                 Tolerance tolerance) {
  Rng rng(1);
  const std::vector<Tensor> direction = directions(inputs, rng);
  Tensor cotangent;
  {
    Tape tape((Context(Device::kCpu)));
    cotangent = uniform(f(leaves(tape, inputs)).shape(), rng);
  }
  std::vector<std::vector<double>> expected;
  std::vector<SameBits> bits(1 + 2 * inputs.size());
  on_every_backend([&](const Context& ctx) {
    Tape tape(ctx);
    const Vars xs = leaves(tape, on(ctx, inputs));
    const Probe probe{inputs, cotangent.to(ctx)};
    Vars results{probe.value(tape, f, xs)};
    const Vars first = tape.grad(results[0], xs, {.seed = {}, .create_graph = order > 1});
    results.insert(results.end(), first.begin(), first.end());
    if (order > 1) {
      const Vars second = tape.grad(taped_dot(first, on(ctx, direction)), xs);
      results.insert(results.end(), second.begin(), second.end());
    }
    const bool is_first = expected.empty();
    for (std::size_t i = 0; i < results.size(); ++i) {
      CAPTURE(i);
      if (is_first) expected.push_back(to_double(results[i].value()));
      check_close(results[i].value(), expected[i], tolerance);
      bits[i].check(ctx, results[i].value());
    }
  });
}

void check_grad(const Function& f, const std::vector<Tensor>& inputs, const GradCheck& options) {
  const Context ctx(Device::kCpu);
  Rng rng(options.seed);
  Probe probe{inputs, {}};
  {
    Tape tape(ctx);
    probe.cotangent = uniform(f(leaves(tape, inputs)).shape(), rng);
  }
  const auto value = [&](const std::vector<Tensor>& at) {
    Tape tape(ctx);
    Vars xs;
    for (const Tensor& input : at) xs.push_back(tape.constant(input));
    return static_cast<double>(probe.value(tape, f, xs).value().item());
  };
  // <gradient, along> at a point
  const auto slope = [&](const std::vector<Tensor>& at, const std::vector<Tensor>& along) {
    Tape tape(ctx);
    const Vars xs = leaves(tape, at);
    return dot(tape.grad(probe.value(tape, f, xs), xs), along);
  };
  for (int trial = 0; trial < 2; ++trial) {
    const std::vector<Tensor> along = directions(inputs, rng);
    const double h = options.step;
    const double difference =
        kDouble ? (value(moved(inputs, along, h)) - value(moved(inputs, along, -h))) / (2 * h) : 0;
    compare(slope(inputs, along), difference, options, "first derivative");
    if (options.order < 2) continue;
    const std::vector<Tensor> across = directions(inputs, rng);
    Tape tape(ctx);
    const Vars xs = leaves(tape, inputs);
    const Vars first = tape.grad(probe.value(tape, f, xs), xs, {.seed = {}, .create_graph = true});
    const double second = dot(tape.grad(taped_dot(first, along), xs), across);
    const double second_difference =
        kDouble
            ? (slope(moved(inputs, across, h), along) - slope(moved(inputs, across, -h), along)) /
                  (2 * h)
            : 0;
    compare(second, second_difference, options, "second derivative");
  }
}

}  // namespace fgcn::test
