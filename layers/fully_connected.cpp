#include "layers/fully_connected.h"

#include "autograd/ops/reduce.h"
#include "autograd/ops/transpose.h"
#include "autograd/ops/unary.h"

namespace fgcn {

FullyConnected::FullyConnected(const Context& ctx, const std::string& name, std::int64_t in,
                               std::int64_t out, Rng& rng, WeightForm form)
    : name_(name), linear_(ctx, name, in, out, rng, form) {}

Var FullyConnected::operator()(const Var& x) const {
  return x.tape().shown(name_, Curve::kRelu, ops::relu(linear_(x)));
}

void FullyConnected::add_to(std::vector<Parameter*>& parameters) {
  for (Parameter* p : linear_.parameters()) parameters.push_back(p);
}

Var flattened(const Var& x) {
  return ops::reshape(ops::transpose(x, {1, 0, 2}), {x.dim(1), x.dim(0) * x.dim(2)});
}

Var unflattened(const Var& x, std::int64_t vertices) {
  const std::int64_t channels = x.dim(1) / vertices;
  return ops::transpose(ops::reshape(x, {x.dim(0), vertices, channels}), {1, 0, 2});
}

}  // namespace fgcn
