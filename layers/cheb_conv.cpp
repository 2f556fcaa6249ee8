#include "layers/cheb_conv.h"

#include "autograd/ops/bias_elu.h"
#include "autograd/ops/binary.h"
#include "autograd/ops/cheb_conv.h"
#include "autograd/ops/slice.h"
#include "autograd/ops/spmm.h"
#include "autograd/ops/unary.h"
#include "layers/linear.h"

namespace fgcn {
namespace {

/// Channels from which on products on the coarse mesh are faster: below, un-pooling the terms costs
/// more than it saves.
constexpr std::int64_t kCoarseProducts = 32;

}  // namespace

ChebConv::ChebConv(const Context& ctx, const std::string& name, SparseOperator laplacian, Size size,
                   Rng& rng)
    : laplacian_(std::move(laplacian)),
      gain_(weight_gain(size.form, size.terms * size.in)),
      weight_(name + ".weight", first_weights(ctx, {size.terms, size.in, size.out},
                                              size.terms * size.in, size.form, rng)) {}

void ChebConv::silence() {
  weight_.value = Tensor::zeros(weight_.value.context(), weight_.value.shape());
}

Var ChebConv::operator()(const Var& x) const {
  return with_gain(ops::cheb_conv(laplacian_, x, x.tape().use(weight_)), gain_);
}

Var ChebConv::unpooled(const SparseOperator& unpool, const Var& x, const Var& skip) const {
  const Var w = x.tape().use(weight_);
  const std::int64_t in = x.dim(2);
  if (in < kCoarseProducts || x.tape().context().device() != Device::kCpu) {
    const Var fine = ops::spmm(unpool, x);
    return with_gain(
        ops::cheb_conv(laplacian_, skip.defined() ? ops::concat({fine, skip}, 2) : fine, w), gain_);
  }
  if (!skip.defined()) return with_gain(ops::cheb_conv_unpooled(laplacian_, unpool, x, w), gain_);
  const Var of_x = ops::slice(w, {.axis = 1, .begin = 0, .size = in});
  const Var of_skip = ops::slice(w, {.axis = 1, .begin = in, .size = w.dim(1) - in});
  return with_gain(ops::add(ops::cheb_conv_unpooled(laplacian_, unpool, x, of_x),
                            ops::cheb_conv(laplacian_, skip, of_skip)),
                   gain_);
}

Activate::Activate(const Context& ctx, const std::string& name, Activation activation,
                   std::int64_t channels)
    : name_(name), activation_(activation) {
  if (activation == Activation::kBiasElu)
    bias_.emplace(name + ".bias", Tensor::zeros(ctx, {channels}));
}

Var Activate::operator()(const Var& x) const {
  Tape& tape = x.tape();
  switch (activation_) {
    case Activation::kBiasElu:
      return tape.shown(name_, Curve::kElu, ops::bias_elu(x, tape.use(*bias_)));
    case Activation::kRelu:
      return tape.shown(name_, Curve::kRelu, ops::relu(x));
    case Activation::kNone:
      break;
  }
  return tape.shown(name_, Curve::kLinear, x);
}

void Activate::add_to(std::vector<Parameter*>& parameters) {
  if (bias_) parameters.push_back(&*bias_);
}

ActiveChebConv::ActiveChebConv(const Context& ctx, const std::string& name,
                               const SparseOperator& laplacian, ChebConv::Size size,
                               Activation activation, Rng& rng)
    : conv_(ctx, name, laplacian, size, rng), activate_(ctx, name, activation, size.out) {}

Var ActiveChebConv::operator()(const Var& x) const { return activate_(conv_(x)); }

Var ActiveChebConv::unpooled(const SparseOperator& unpool, const Var& x, const Var& skip) const {
  return activate_(conv_.unpooled(unpool, x, skip));
}

void ActiveChebConv::add_to(std::vector<Parameter*>& parameters) {
  conv_.add_to(parameters);
  activate_.add_to(parameters);
}

}  // namespace fgcn
