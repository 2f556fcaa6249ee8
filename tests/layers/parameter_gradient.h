// Gradient check by the parameters of a module, which check_grad cannot move.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "autograd/tape.h"
#include "tests/support/op_check.h"

namespace fgcn::test {

/// Sets values that are not those a module starts with: a bias of zeros would not show.
inline void randomise(const std::vector<Parameter*>& parameters, Rng& rng, double most) {
  for (Parameter* p : parameters) p->value = uniform(p->value.shape(), rng, -most, most);
}

/// <gradient, direction> by all parameters at once against a central difference, for a random
/// cotangent and two random directions. Only the double build compares; the float build just runs.
inline void check_parameter_grad(const std::vector<Parameter*>& parameters,
                                 const std::function<Var(Tape&)>& f, const GradCheck& options) {
  Rng rng(options.seed);
  std::vector<Tensor> start;
  for (const Parameter* p : parameters) start.push_back(p->value);
  std::vector<double> cotangent;
  const auto value = [&] {
    Tape tape((Context()));
    const Tensor y = f(tape).value();
    if (cotangent.empty()) cotangent = to_double(uniform(y.shape(), rng));
    double sum = 0;
    const std::vector<double> values = to_double(y);
    for (std::size_t i = 0; i < values.size(); ++i) sum += values[i] * cotangent[i];
    return sum;
  };
  value();
  for (int trial = 0; trial < 2; ++trial) {
    std::vector<std::vector<double>> along;
    for (const Tensor& t : start) along.push_back(to_double(uniform(t.shape(), rng)));
    const auto value_at = [&](double step) {
      for (std::size_t i = 0; i < start.size(); ++i) {
        std::vector<double> values = to_double(start[i]);
        for (std::size_t k = 0; k < values.size(); ++k) values[k] += step * along[i][k];
        parameters[i]->value = Tensor::of(Context(), start[i].shape(), values);
      }
      return value();
    };
    const double difference =
        (value_at(options.step) - value_at(-options.step)) / (2 * options.step);
    for (std::size_t i = 0; i < start.size(); ++i) parameters[i]->value = start[i];
    Tape tape((Context()));
    const Var y = f(tape);
    Vars xs;
    for (const Parameter* p : parameters) xs.push_back(tape.use(*p));
    const Tensor seed = Tensor::of(Context(), y.shape(), cotangent);
    double derivative = 0;
    std::size_t i = 0;
    for (const Var& grad : tape.grad(y, xs, {.seed = tape.constant(seed)})) {
      const std::vector<double> g = to_double(grad.value());
      for (std::size_t k = 0; k < g.size(); ++k) derivative += g[k] * along[i][k];
      ++i;
    }
    CAPTURE(derivative);
    CAPTURE(difference);
    CHECK(std::isfinite(derivative));
    const double scale = std::max({std::abs(derivative), std::abs(difference), 1e-3});
    if (sizeof(real) == sizeof(double))
      CHECK(std::abs(derivative - difference) <= options.tolerance * scale);
  }
}

}  // namespace fgcn::test
