#include "kernels/adam/adam.h"

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

void check_tensor(const AdamTensor& tensor) {
  const AdamState& state = tensor.state;
  const Shape& w = state.w.shape;
  FGCN_CHECK(state.m.shape == w && state.v.shape == w, "adam: the moments are ", state.m.shape,
             " and ", state.v.shape, " for weights ", w);
  FGCN_CHECK(state.mean.data == nullptr || state.mean.shape == w, "adam: the mean is ",
             state.mean.shape, " for weights ", w);
  check_gradient(w, tensor.grad);
}

/// Device memory for the length of one call.
template <class T>
class OnDevice {
 public:
  OnDevice(const Context& ctx, const T& value) : runtime_(ctx.runtime()) {
    data_ = static_cast<T*>(runtime_.allocate(sizeof(T)));
    runtime_.upload(data_, &value, sizeof(T));
  }
  OnDevice(const OnDevice&) = delete;
  OnDevice& operator=(const OnDevice&) = delete;
  ~OnDevice() { runtime_.release(data_, sizeof(T)); }

  T* data() const { return data_; }
  T value() const {
    T out{};
    runtime_.download(&out, data_, sizeof(T));
    return out;
  }

 private:
  Runtime& runtime_;
  T* data_;
};

}  // namespace

AdamFactors adam_factors(const AdamOptions& options) {
  FGCN_CHECK(options.step >= 1, "adam: the step is ", options.step, ", expected 1 or more");
  const auto step = static_cast<double>(options.step);
  const double rate = options.learning_rate * std::sqrt(1 - std::pow(options.beta2, step)) /
                      (1 - std::pow(options.beta1, step));
  const auto rounded = [](double value) { return static_cast<real>(value); };
  return {.beta1 = rounded(options.beta1),
          .beta2 = rounded(options.beta2),
          .rest1 = rounded(1 - options.beta1),
          .rest2 = rounded(1 - options.beta2),
          .rate = rounded(rate),
          .epsilon = rounded(options.epsilon),
          .keep = rounded(options.average),
          .take = rounded(1 - options.average)};
}

void adam_step(const Context& ctx, double clip_norm, std::span<const AdamTensor> tensors,
               const AdamRecord& record) {
  for (const AdamTensor& tensor : tensors) check_tensor(tensor);
  if (tensors.empty()) return;
  FGCN_DISPATCH(ctx, adam_squares, tensors, record.squares);
  FGCN_DISPATCH(ctx, adam_scales, clip_norm, static_cast<std::int64_t>(tensors.size()), record);
  FGCN_DISPATCH(ctx, adam_update, tensors, record);
}

void adam(const Context& ctx, const AdamOptions& options, const AdamState& state,
          const AdamGradient& grad) {
  const OnDevice<AdamFactors> factors(ctx, adam_factors(options));
  const OnDevice<double> square(ctx, 0);
  const OnDevice<real> scale(ctx, 1);
  const OnDevice<std::int32_t> bad(ctx, 0);
  const AdamTensor one[] = {{state, grad, options.l2}};
  adam_step(ctx, options.clip_norm, one, {factors.data(), square.data(), scale.data(), bad.data()});
  FGCN_CHECK(bad.value() == 0, "adam: the gradient's norm is ", std::sqrt(square.value()));
}

double adam_norm(const Context& ctx, double l2, View<const real> w, const AdamGradient& grad) {
  check_gradient(w.shape, grad);
  const OnDevice<double> square(ctx, 0);
  // Only read; the moments are not touched.
  const View<real> weights(const_cast<real*>(w.data), w.shape);
  const AdamTensor one[] = {{{weights, {}, {}, {}}, grad, l2}};
  FGCN_DISPATCH(ctx, adam_squares, one, square.data());
  const double sum = square.value();
  return std::sqrt(sum < 0 ? 0 : sum);
}

}  // namespace fgcn::kernels
