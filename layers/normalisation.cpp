#include "layers/normalisation.h"

#include "autograd/ops/binary.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/unary.h"
#include "kernels/binary/binary.h"
#include "kernels/unary/unary.h"

namespace fgcn {
namespace {

/// Over the axes where `shape` is 1 or missing.
Var mean_to(const Var& x, const Shape& shape) {
  return ops::scale(ops::sum_to(x, shape),
                    static_cast<double>(shape.size()) / static_cast<double>(x.size()));
}

/// running = decay running + (1 - decay) now, in place: a recorded step then finds it again.
void remember(const Context& ctx, Tensor& running, const Var& now) {
  const auto share = [](double s) {
    return kernels::UnaryFunction{kernels::Unary::kScale, static_cast<real>(s), 0};
  };
  Tensor added(ctx, now.shape());
  kernels::unary(ctx, share(1 - Normalise::kDecay), now.value().view(), added.view());
  kernels::unary(ctx, share(Normalise::kDecay), running.view(), running.view());
  kernels::binary(ctx, kernels::Binary::kAdd, running.view(), added.view(), running.view());
}

}  // namespace

Normalise::Normalise(const Context& ctx, const std::string& name, Normalisation kind,
                     std::int64_t channels)
    : kind_(kind), channels_(channels) {
  const auto filled = [&](const char* what, double value) {
    return Parameter(name + what, Tensor::full(ctx, {channels}, static_cast<real>(value)));
  };
  if (kind != Normalisation::kNone) affine_ = {filled(".gain", 1), filled(".offset", 0)};
  if (kind == Normalisation::kBatch) running_ = {filled(".mean", 0), filled(".variance", 1)};
}

Var Normalise::operator()(const Var& x, Statistics statistics) {
  FGCN_CHECK(x.shape().rank == 4 && x.dim(3) == channels_, "normalise: x is ", x.shape(),
             ", expected [N, H, W, ", channels_, "]");
  if (kind_ == Normalisation::kNone) return x;
  Tape& tape = x.tape();
  const auto finished = [&](const Var& centred, const Var& variance) {
    const Var deviation = ops::sqrt(ops::add_scalar(variance, kEpsilon));
    return ops::add(ops::mul(ops::div(centred, deviation), tape.use(affine_->gain)),
                    tape.use(affine_->offset));
  };
  if (kind_ == Normalisation::kBatch && statistics == Statistics::kRunning)
    return finished(ops::sub(x, tape.constant(running_->mean.value)),
                    tape.constant(running_->variance.value));
  const Shape kept = kind_ == Normalisation::kBatch ? Shape{channels_} : Shape{x.dim(0), 1, 1, 1};
  const Var mean = mean_to(x, kept);
  const Var centred = ops::sub(x, mean);
  const Var variance = mean_to(ops::square(centred), kept);
  if (kind_ == Normalisation::kBatch && statistics == Statistics::kBatchAndRemember) {
    remember(tape.context(), running_->mean.value, mean);
    remember(tape.context(), running_->variance.value, variance);
  }
  return finished(centred, variance);
}

void Normalise::add_to(std::vector<Parameter*>& parameters) {
  if (!affine_) return;
  parameters.push_back(&affine_->gain);
  parameters.push_back(&affine_->offset);
}

void Normalise::add_running_to(std::vector<Parameter*>& running) {
  if (!running_) return;
  running.push_back(&running_->mean);
  running.push_back(&running_->variance);
}

}  // namespace fgcn
