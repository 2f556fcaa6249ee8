#include "kernels/adam/adam.h"

#include <algorithm>
#include <cmath>

namespace fgcn::kernels {
namespace {

void check_gradient(const Shape& w, const AdamGradient& grad) {
  if (!grad.low_rank()) {
    FGCN_CHECK(grad.stored.shape == w, "adam: the gradient is ", grad.stored.shape, " for weights ",
               w);
    return;
  }
  FGCN_CHECK(w.rank == 2, "adam: the weights are ", w, ", expected a matrix");
  FGCN_CHECK(grad.x.shape.rank == 2 && grad.x.dim(1) == w[0], "adam: x is ", grad.x.shape,
             " for weights ", w);
  const Shape expected{grad.x.dim(0), w[1]};
  FGCN_CHECK(grad.grad_y.shape == expected, "adam: grad_y is ", grad.grad_y.shape, ", expected ",
             expected);
  FGCN_CHECK(grad.x.dim(0) <= kMostRank, "adam: rank ", grad.x.dim(0), ", expected at most ",
             kMostRank);
}

}  // namespace

AdamFactors adam_factors(const AdamOptions& options, double norm) {
  FGCN_CHECK(std::isfinite(norm), "adam: the gradient's norm is ", norm);
  const double scale =
      options.clip_norm > 0 ? options.clip_norm / std::max(options.clip_norm, norm) : 1;
  const auto step = static_cast<double>(options.step);
  const double rate = options.learning_rate * std::sqrt(1 - std::pow(options.beta2, step)) /
                      (1 - std::pow(options.beta1, step));
  const auto rounded = [](double value) { return static_cast<real>(value); };
  return {.scale = rounded(scale),
          .l2 = rounded(options.l2),
          .beta1 = rounded(options.beta1),
          .beta2 = rounded(options.beta2),
          .rest1 = rounded(1 - options.beta1),
          .rest2 = rounded(1 - options.beta2),
          .rate = rounded(rate),
          .epsilon = rounded(options.epsilon),
          .keep = rounded(options.average),
          .take = rounded(1 - options.average)};
}

double adam_norm(const Context& ctx, double l2, View<const real> w, const AdamGradient& grad) {
  check_gradient(w.shape, grad);
  if (w.size() == 0) return 0;
  double square = 0;
  FGCN_DISPATCH(ctx, adam_square, l2, w, grad, &square);
  // Of a product the three terms may cancel to a little below zero; NaN stays.
  return std::sqrt(square < 0 ? 0 : square);
}

void adam(const Context& ctx, const AdamOptions& options, const AdamState& state,
          const AdamGradient& grad, double norm) {
  const Shape& w = state.w.shape;
  FGCN_CHECK(state.m.shape == w && state.v.shape == w, "adam: the moments are ", state.m.shape,
             " and ", state.v.shape, " for weights ", w);
  FGCN_CHECK(state.mean.data == nullptr || state.mean.shape == w, "adam: the mean is ",
             state.mean.shape, " for weights ", w);
  FGCN_CHECK(options.step >= 1, "adam: the step is ", options.step, ", expected 1 or more");
  check_gradient(w, grad);
  const AdamFactors factors = adam_factors(options, norm);
  if (state.w.size() == 0) return;
  FGCN_DISPATCH(ctx, adam_update, factors, state, grad);
}

void adam(const Context& ctx, const AdamOptions& options, const AdamState& state,
          const AdamGradient& grad) {
  const bool needed = options.clip_norm > 0;
  adam(ctx, options, state, grad, needed ? adam_norm(ctx, options.l2, state.w, grad) : 0);
}

}  // namespace fgcn::kernels
