#include "train/coma/coma_optimiser.h"

#include <cmath>
#include <utility>

#include "kernels/adam/adam.h"
#include "kernels/core/error.h"
#include "kernels/momentum/momentum.h"

namespace fgcn::train {
namespace {

void put(io::Safetensors& file, const std::string& name, const Tensor& tensor) {
  const std::vector<real> values = tensor.to_host();
  const std::vector<float> floats(values.begin(), values.end());
  file.tensors[name] =
      io::StoredTensor::of({static_cast<std::int64_t>(floats.size())}, std::span(floats));
}

void take(const io::Safetensors& file, const std::string& name, Tensor& tensor, bool squares,
          const std::string& where) {
  const std::vector<float> floats = file.at(name, where).floats();
  if (static_cast<std::int64_t>(floats.size()) != tensor.size())
    input_error(where, ": '", name, "' holds ", floats.size(), " numbers, expected ", tensor.size(),
                "; it is of another network");
  for (const float x : floats)
    if (!std::isfinite(x) || (squares && x < 0))
      input_error(where, ": '", name, "' holds ", x, "; the file is damaged");
  tensor = Tensor::of(tensor.context(), tensor.shape(), floats);
}

}  // namespace

ComaOptimiser::ComaOptimiser(std::vector<Parameter*> parameters,
                             const ComaOptimiserOptions& options, std::vector<double> l2)
    : parameters_(std::move(parameters)), options_(options), l2_(std::move(l2)) {
  FGCN_CHECK(l2_.size() == parameters_.size(), "CoMA optimiser: ", l2_.size(), " L2 strengths for ",
             parameters_.size(), " parameters");
  for (const Parameter* p : parameters_) {
    first_.push_back(Tensor::zeros(p->value.context(), p->value.shape()));
    if (options_.update == ComaUpdate::kAdam)
      second_.push_back(Tensor::zeros(p->value.context(), p->value.shape()));
  }
}

void ComaOptimiser::step(const Vars& grads, double learning_rate) {
  FGCN_CHECK(grads.size() == parameters_.size(), "CoMA optimiser: ", grads.size(),
             " gradients for ", parameters_.size(), " parameters");
  ++steps_;
  const Context& ctx = parameters_.at(0)->value.context();
  for (std::size_t i = 0; i < grads.size(); ++i) {
    Tensor w = parameters_[i]->value;
    const View<const real> grad = grads[i].value().view();
    if (options_.update == ComaUpdate::kMomentum) {
      kernels::momentum(
          ctx, {.learning_rate = learning_rate, .momentum = options_.momentum, .l2 = l2_[i]},
          w.view(), first_[i].view(), grad);
      continue;
    }
    // The kernel's epsilon stands beside the uncorrected root of the second moment.
    const double root = std::sqrt(1 - std::pow(options_.beta2, static_cast<double>(steps_)));
    kernels::adam(ctx,
                  {.learning_rate = learning_rate,
                   .beta1 = options_.beta1,
                   .beta2 = options_.beta2,
                   .epsilon = options_.epsilon * root,
                   .clip_norm = 0,
                   .l2 = l2_[i],
                   .step = steps_},
                  {w.view(), first_[i].view(), second_[i].view()}, {.stored = grad});
  }
}

void ComaOptimiser::save(io::Safetensors& file) const {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    put(file, "optimiser.first." + parameters_[i]->name, first_[i]);
    if (!second_.empty()) put(file, "optimiser.second." + parameters_[i]->name, second_[i]);
  }
}

void ComaOptimiser::load(const io::Safetensors& file, std::int64_t steps,
                         const std::string& where) {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    take(file, "optimiser.first." + parameters_[i]->name, first_[i], false, where);
    if (!second_.empty())
      take(file, "optimiser.second." + parameters_[i]->name, second_[i], true, where);
  }
  steps_ = steps;
}

}  // namespace fgcn::train
