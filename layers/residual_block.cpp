#include "layers/residual_block.h"

#include "autograd/ops/binary.h"
#include "autograd/ops/spmm.h"

namespace fgcn {
namespace {

std::optional<ChebConv> shortcut_layer(const Context& ctx, const std::string& name,
                                       const SparseOperator& laplacian, const ChebConv::Size& size,
                                       Rng& rng) {
  if (size.in == size.out) return std::nullopt;
  return ChebConv(ctx, name + ".shortcut", laplacian, {size.in, size.out, 1, size.form}, rng);
}

std::variant<ActiveChebConv, ResidualBlock> unit_of(const Context& ctx, const std::string& name,
                                                    const SparseOperator& laplacian,
                                                    const ChebConv::Size& size,
                                                    const GraphLayer::Kind& kind, Rng& rng) {
  if (kind.unit == GraphUnit::kResidual)
    return ResidualBlock(ctx, name, laplacian, size, kind.activation, rng, kind.output);
  ActiveChebConv layer(ctx, name, laplacian, size, last_activation(kind.activation, kind.output),
                       rng);
  if (kind.output == BranchOutput::kLinear) layer.silence();
  return layer;
}

}  // namespace

ResidualBlock::ResidualBlock(const Context& ctx, const std::string& name,
                             const SparseOperator& laplacian, ChebConv::Size size,
                             Activation activation, Rng& rng, BranchOutput output)
    : first_(ctx, name + ".0", laplacian, size, activation, rng),
      second_(ctx, name + ".1", laplacian, {size.out, size.out, size.terms, size.form}, rng),
      shortcut_(shortcut_layer(ctx, name, laplacian, size, rng)),
      last_(ctx, name + ".1", last_activation(activation, output), size.out) {
  if (output != BranchOutput::kLinear) return;
  second_.silence();
  if (shortcut_) shortcut_->silence();
}

Var ResidualBlock::joined(const Var& inner, const Var& shortcut) const {
  return last_(ops::add(second_(inner), shortcut));
}

Var ResidualBlock::operator()(const Var& x) const {
  return joined(first_(x), shortcut_ ? (*shortcut_)(x) : x);
}

Var ResidualBlock::unpooled(const SparseOperator& unpool, const Var& x) const {
  return joined(first_.unpooled(unpool, x),
                shortcut_ ? shortcut_->unpooled(unpool, x) : ops::spmm(unpool, x));
}

void ResidualBlock::add_to(std::vector<Parameter*>& parameters) {
  first_.add_to(parameters);
  second_.add_to(parameters);
  last_.add_to(parameters);
  if (shortcut_) shortcut_->add_to(parameters);
}

GraphLayer::GraphLayer(const Context& ctx, const std::string& name, const SparseOperator& laplacian,
                       ChebConv::Size size, Kind kind, Rng& rng)
    : unit_(unit_of(ctx, name, laplacian, size, kind, rng)) {}

Var GraphLayer::operator()(const Var& x) const {
  return std::visit([&](const auto& unit) { return unit(x); }, unit_);
}

Var GraphLayer::unpooled(const SparseOperator& unpool, const Var& x) const {
  return std::visit([&](const auto& unit) { return unit.unpooled(unpool, x); }, unit_);
}

void GraphLayer::add_to(std::vector<Parameter*>& parameters) {
  std::visit([&](auto& unit) { unit.add_to(parameters); }, unit_);
}

}  // namespace fgcn
