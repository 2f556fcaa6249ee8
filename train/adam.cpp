#include "train/adam.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string_view>
#include <utility>

#include "io/arrays/safetensors_range.h"
#include "kernels/core/error.h"
#include "kernels/core/not_finite.h"

namespace fgcn::train {
namespace {

static_assert(Gradient::kMostRows <= kernels::kMostRank, "the kernel takes fewer rows");

kernels::AdamGradient view(const Gradient& grad) {
  return {grad.stored.view(), grad.x.view(), grad.grad_y.view()};
}

constexpr const char* kSecond = "second";  // moments: means of squares

/// Room for the factors, so that doubles can follow.
constexpr std::size_t kFactorBytes = (sizeof(kernels::AdamFactors) + 15) / 16 * 16;

std::size_t record_bytes(std::size_t count) {
  return kFactorBytes + count * (sizeof(double) + sizeof(real)) + sizeof(std::int32_t);
}

}  // namespace

Adam::Adam(std::vector<Parameter*> parameters, const AdamOptions& options, std::int64_t updates)
    : parameters_(std::move(parameters)),
      options_(options),
      l2_(parameters_.size()),
      context_(parameters_.at(0)->value.context()),
      factors_(context_, 1, pinned_arrays(updates)),
      on_device_(context_.shared_runtime(), record_bytes(parameters_.size())) {
  for (const Parameter* p : parameters_) {
    const Context& ctx = p->value.context();
    const Shape& shape = p->value.shape();
    states_.push_back({Tensor::zeros(ctx, shape), Tensor::zeros(ctx, shape), p->value.to(ctx)});
  }
  context_.runtime().zero(on_device_.data(), record_bytes(parameters_.size()));
}

void Adam::set_l2(std::vector<double> strength) {
  FGCN_CHECK(strength.size() == parameters_.size(), "Adam: ", strength.size(), " L2 strengths for ",
             parameters_.size(), " parameters");
  for (const double s : strength) FGCN_CHECK(s >= 0, "Adam: an L2 strength of ", s);
  l2_ = std::move(strength);
}

kernels::AdamRecord Adam::record() const {
  const std::size_t count = parameters_.size();
  auto* factors = static_cast<kernels::AdamFactors*>(on_device_.data());
  auto* squares = reinterpret_cast<double*>(static_cast<char*>(on_device_.data()) + kFactorBytes);
  auto* scales = reinterpret_cast<real*>(squares + count);
  return {factors, squares, scales, reinterpret_cast<std::int32_t*>(scales + count)};
}

kernels::AdamFactors Adam::factors(double learning_rate) const {
  const auto t = static_cast<double>(steps_);
  return kernels::adam_factors(
      {.learning_rate = learning_rate,
       .beta1 = options_.beta1,
       .beta2 = options_.beta2,
       .epsilon = options_.epsilon,
       // Early on the mean forgets faster, so that it does not remember the random start.
       .average = std::min(options_.average, (1 + t) / (10 + t)),
       .step = steps_});
}

void Adam::begin(double learning_rate) {
  ++steps_;
  *factors_.fill() = factors(learning_rate);
  factors_.upload(static_cast<kernels::AdamFactors*>(on_device_.data()));
}

void Adam::apply(const std::vector<Gradient>& grads) const {
  FGCN_CHECK(grads.size() == parameters_.size(), "Adam: ", grads.size(), " gradients for ",
             parameters_.size(), " parameters");
  std::vector<kernels::AdamTensor> tensors;
  for (std::size_t i = 0; i < grads.size(); ++i) {
    Tensor w = parameters_[i]->value;
    State state = states_[i];
    tensors.push_back({{w.view(), state.first.view(), state.second.view(), state.mean.view()},
                       view(grads[i]),
                       l2_[i]});
  }
  kernels::adam_step(context_, options_.clip, tensors, record());
}

void Adam::check() {
  std::int32_t bad = 0;
  context_.runtime().download(&bad, record().bad, sizeof bad);
  if (bad == 0) return;
  context_.runtime().zero(record().bad, sizeof bad);
  throw NotFinite(text("Adam: the gradient of '",
                       parameters_[static_cast<std::size_t>(bad - 1)]->name, "' is not finite"));
}

void Adam::step(const std::vector<Gradient>& grads, double learning_rate) {
  begin(learning_rate);
  apply(grads);
  if (context_.device() != Device::kCpu) return;
  try {
    check();
  } catch (...) {
    --steps_;
    throw;
  }
}

std::vector<double> Adam::gradient_norms() const {
  std::vector<double> out(parameters_.size());
  context_.runtime().download(out.data(), record().squares, out.size() * sizeof(double));
  for (double& norm : out) norm = std::sqrt(norm);
  return out;
}

std::vector<double> Adam::update_norms(double learning_rate) const {
  FGCN_CHECK(steps_ > 0, "Adam: no step was taken");
  const kernels::AdamFactors f = factors(learning_rate);
  std::vector<double> out;
  for (const State& state : states_) {
    const std::vector<real> first = state.first.to_host(), second = state.second.to_host();
    double square = 0;
    for (std::size_t i = 0; i < first.size(); ++i) {
      const real change = f.rate * first[i] / (std::sqrt(second[i]) + f.epsilon);
      square += static_cast<double>(change) * static_cast<double>(change);
    }
    out.push_back(std::sqrt(square));
  }
  return out;
}

void Adam::swap_with_average() {
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    std::swap(parameters_[i]->value, states_[i].mean);
}

void Adam::save(io::Safetensors& file) const {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto put = [&](const char* kind, const Tensor& tensor) {
      const std::vector<real> values = tensor.to_host();
      const std::vector<float> floats(values.begin(), values.end());
      file.tensors[text("adam.", kind, ".", parameters_[i]->name)] =
          io::StoredTensor::of({static_cast<std::int64_t>(floats.size())}, floats);
    };
    put("first", states_[i].first);
    put(kSecond, states_[i].second);
    put("mean", states_[i].mean);
  }
  file.metadata["adam.steps"] = std::to_string(steps_);
}

void Adam::load(const io::Safetensors& file, const std::string& where) {
  const auto steps = file.metadata.find("adam.steps");
  if (steps == file.metadata.end() || steps->second.empty() || steps->second.size() > 12 ||
      steps->second.find_first_not_of("0123456789") != std::string::npos) {
    input_error(where, ": holds no optimiser state; start without --resume");
  }
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto take = [&](const char* kind, Tensor& tensor) {
      const std::string name = text("adam.", kind, ".", parameters_[i]->name);
      const std::vector<float> floats =
          io::floats_within(file, name, std::numeric_limits<float>::max(), where);
      if (static_cast<std::int64_t>(floats.size()) != tensor.size()) {
        input_error(where, ": '", name, "' holds ", floats.size(), " numbers, expected ",
                    tensor.size(), "; it is of another network");
      }
      const bool squares = std::string_view(kind) == kSecond;
      if (squares && std::any_of(floats.begin(), floats.end(), [](float x) { return x < 0; }))
        input_error(where, ": '", name, "' holds a mean square below 0; the file is damaged");
      tensor = Tensor::of(tensor.context(), tensor.shape(), floats);
    };
    take("first", states_[i].first);
    take(kSecond, states_[i].second);
    take("mean", states_[i].mean);
  }
  steps_ = std::stoll(steps->second);
}

double LearningRateSchedule::at(std::int64_t step) const {
  const auto t = static_cast<double>(step);
  const auto rise = static_cast<double>(warm_up);
  if (step < warm_up) return peak * (t + 1) / rise;
  const double span = std::max(1.0, static_cast<double>(total) - rise);
  const double done = std::min(1.0, (t - rise) / span);
  return peak * (floor + (1 - floor) * 0.5 * (1 + std::cos(std::numbers::pi * done)));
}

}  // namespace fgcn::train
