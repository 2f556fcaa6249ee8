#include "train/adam.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace fgcn::train {
namespace {

constexpr std::int64_t kBlock = 16384;

/// Sum of squares, in double: over fixed blocks, then over the blocks in order.
double squared_norm(const real* values, std::int64_t size, int threads) {
  const std::int64_t blocks = (size + kBlock - 1) / kBlock;
  std::vector<double> part(static_cast<std::size_t>(blocks));
#pragma omp parallel for num_threads(threads) if (blocks > 4)
  for (std::int64_t b = 0; b < blocks; ++b) {
    double sum = 0;
    const std::int64_t last = std::min(size, (b + 1) * kBlock);
    for (std::int64_t i = b * kBlock; i < last; ++i) {
      sum += static_cast<double>(values[i]) * static_cast<double>(values[i]);
    }
    part[static_cast<std::size_t>(b)] = sum;
  }
  double sum = 0;
  for (const double p : part) sum += p;
  return sum;
}

}  // namespace

Adam::Adam(std::vector<Parameter*> parameters, const AdamOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
  for (const Parameter* p : parameters_) {
    FGCN_CHECK(p->value.context().device() == Device::kCpu, "Adam: parameter '", p->name,
               "' is not on the CPU");
    State state;
    state.first.assign(static_cast<std::size_t>(p->value.size()), real(0));
    state.second = state.first;
    state.mean = p->value.to_host();
    states_.push_back(std::move(state));
  }
}

void Adam::step(const Vars& grads, double rate) {
  FGCN_CHECK(grads.size() == parameters_.size(), "Adam: ", grads.size(), " gradients for ",
             parameters_.size(), " parameters");
  const int threads = grads.empty() ? 1 : grads.front().value().context().threads();
  std::vector<double> factor;
  for (std::size_t i = 0; i < grads.size(); ++i) {
    FGCN_CHECK(grads[i].shape() == parameters_[i]->value.shape(), "Adam: the gradient of '",
               parameters_[i]->name, "' is ", grads[i].shape());
    const double norm = std::sqrt(squared_norm(grads[i].value().data(), grads[i].size(), threads));
    FGCN_CHECK(std::isfinite(norm), "Adam: the gradient of '", parameters_[i]->name,
               "' is not finite");
    factor.push_back(norm > options_.clip ? options_.clip / norm : 1.0);
  }
  ++steps_;
  const auto t = static_cast<double>(steps_);
  const auto b1 = static_cast<real>(options_.beta1);
  const auto b2 = static_cast<real>(options_.beta2);
  const auto rate1 = static_cast<real>(rate / (1 - std::pow(options_.beta1, t)));
  const auto scale2 = static_cast<real>(1 / (1 - std::pow(options_.beta2, t)));
  const auto epsilon = static_cast<real>(options_.epsilon);
  // Early on the mean forgets faster, so that it does not remember the random start.
  const auto keep = static_cast<real>(std::min(options_.average, (1 + t) / (10 + t)));
  for (std::size_t i = 0; i < grads.size(); ++i) {
    real* w = parameters_[i]->value.data();
    const real* g = grads[i].value().data();
    real* m = states_[i].first.data();
    real* v = states_[i].second.data();
    real* mean = states_[i].mean.data();
    const auto clip = static_cast<real>(factor[i]);
    const std::int64_t size = grads[i].size();
#pragma omp parallel for simd num_threads(threads) if (size > 4 * kBlock)
    for (std::int64_t k = 0; k < size; ++k) {
      const real gradient = clip * g[k];
      m[k] = b1 * m[k] + (1 - b1) * gradient;
      v[k] = b2 * v[k] + (1 - b2) * gradient * gradient;
      w[k] -= rate1 * m[k] / (std::sqrt(v[k] * scale2) + epsilon);
      mean[k] = keep * mean[k] + (1 - keep) * w[k];
    }
  }
}

void Adam::swap_with_average() {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    real* w = parameters_[i]->value.data();
    std::swap_ranges(states_[i].mean.begin(), states_[i].mean.end(), w);
  }
}

void Adam::save(mesh::Safetensors& file) const {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto put = [&](const char* kind, const std::vector<real>& values) {
      const std::vector<float> floats(values.begin(), values.end());
      file.tensors[text("adam.", kind, ".", parameters_[i]->name)] =
          mesh::StoredTensor::of({static_cast<std::int64_t>(floats.size())}, floats);
    };
    put("first", states_[i].first);
    put("second", states_[i].second);
    put("mean", states_[i].mean);
  }
  file.metadata["adam.steps"] = std::to_string(steps_);
}

void Adam::load(const mesh::Safetensors& file, const std::string& where) {
  const auto steps = file.metadata.find("adam.steps");
  if (steps == file.metadata.end() || steps->second.empty() || steps->second.size() > 12 ||
      steps->second.find_first_not_of("0123456789") != std::string::npos) {
    input_error(where, ": holds no optimiser state; start without --resume");
  }
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto take = [&](const char* kind, std::vector<real>& values) {
      const std::string name = text("adam.", kind, ".", parameters_[i]->name);
      const std::vector<float> floats = file.at(name, where).floats();
      if (floats.size() != values.size()) {
        input_error(where, ": '", name, "' holds ", floats.size(), " numbers, expected ",
                    values.size(), "; it is of another network");
      }
      values.assign(floats.begin(), floats.end());
    };
    take("first", states_[i].first);
    take("second", states_[i].second);
    take("mean", states_[i].mean);
  }
  steps_ = std::stoll(steps->second);
}

double RateSchedule::at(std::int64_t step) const {
  const auto t = static_cast<double>(step);
  const auto rise = static_cast<double>(warm_up);
  if (step < warm_up) return peak * (t + 1) / rise;
  const double span = std::max(1.0, static_cast<double>(total) - rise);
  const double done = std::min(1.0, (t - rise) / span);
  return peak * (floor + (1 - floor) * 0.5 * (1 + std::cos(std::numbers::pi * done)));
}

}  // namespace fgcn::train
