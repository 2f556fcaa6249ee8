#include "kernels/adam/adam.h"

#include <algorithm>
#include <cmath>

namespace fgcn::kernels {
namespace {

void check_state(const char* op, const AdamOptions& options, const Shape& w, const Shape& m,
                 const Shape& v) {
  FGCN_CHECK(m == w && v == w, op, ": the moments are ", m, " and ", v, " for weights ", w);
  FGCN_CHECK(options.step >= 1, op, ": the step is ", options.step, ", expected 1 or more");
}

bool needs_norm(const AdamOptions& options) { return options.clip_norm > 0; }

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
          .epsilon = rounded(options.epsilon)};
}

void adam(const Context& ctx, const AdamOptions& options, View<real> w, View<real> m, View<real> v,
          View<const real> grad) {
  check_state("adam", options, w.shape, m.shape, v.shape);
  FGCN_CHECK(grad.shape == w.shape, "adam: the gradient is ", grad.shape, " for weights ", w.shape);
  if (w.size() == 0) return;
  double square = 0;
  if (needs_norm(options)) FGCN_DISPATCH(ctx, adam_square, options.l2, w, grad, &square);
  const AdamFactors factors = adam_factors(options, std::sqrt(square));
  FGCN_DISPATCH(ctx, adam_update, factors, w, m, v, grad);
}

void adam_low_rank(const Context& ctx, const AdamOptions& options, View<real> w, View<real> m,
                   View<real> v, View<const real> x, View<const real> grad_y) {
  check_state("adam_low_rank", options, w.shape, m.shape, v.shape);
  FGCN_CHECK(w.shape.rank == 2, "adam_low_rank: the weights are ", w.shape, ", expected a matrix");
  FGCN_CHECK(x.shape.rank == 2 && x.dim(1) == w.dim(0), "adam_low_rank: x is ", x.shape,
             " for weights ", w.shape);
  const Shape expected{x.dim(0), w.dim(1)};
  FGCN_CHECK(grad_y.shape == expected, "adam_low_rank: grad_y is ", grad_y.shape, ", expected ",
             expected);
  FGCN_CHECK(x.dim(0) <= kMostRank, "adam_low_rank: rank ", x.dim(0), ", expected at most ",
             kMostRank);
  if (w.size() == 0) return;
  double square = 0;
  if (needs_norm(options))
    FGCN_DISPATCH(ctx, adam_low_rank_square, options.l2, w, x, grad_y, &square);
  // The three terms of |g + l2 w|^2 may cancel to a little below zero.
  const AdamFactors factors = adam_factors(options, std::sqrt(std::max(square, 0.0)));
  FGCN_DISPATCH(ctx, adam_low_rank_update, factors, w, m, v, x, grad_y);
}

}  // namespace fgcn::kernels
