#include "layers/fully_connected.h"

#include "autograd/ops/binary.h"
#include "autograd/ops/gemm.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/transpose.h"
#include "autograd/ops/unary.h"
#include "layers/linear.h"

namespace fgcn {

FullyConnected::FullyConnected(const Context& ctx, const std::string& name, std::int64_t in,
                               std::int64_t out, Rng& rng)
    : weight_(name + ".weight", he_normal(ctx, {in, out}, in, rng)),
      bias_(name + ".bias", Tensor::zeros(ctx, {out})) {}

Var FullyConnected::operator()(const Var& x) const {
  Tape& tape = x.tape();
  return ops::relu(ops::add(ops::matmul(x, tape.use(weight_)), tape.use(bias_)));
}

void FullyConnected::add_to(std::vector<Parameter*>& parameters) {
  parameters.push_back(&weight_);
  parameters.push_back(&bias_);
}

Var flattened(const Var& x) {
  return ops::reshape(ops::transpose(x, {1, 0, 2}), {x.dim(1), x.dim(0) * x.dim(2)});
}

Var unflattened(const Var& x, std::int64_t vertices) {
  const std::int64_t channels = x.dim(1) / vertices;
  return ops::transpose(ops::reshape(x, {x.dim(0), vertices, channels}), {1, 0, 2});
}

}  // namespace fgcn
