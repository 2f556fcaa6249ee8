#include "layers/cheb_conv.h"

#include "autograd/ops/bias_elu.h"
#include "autograd/ops/cheb_conv.h"
#include "layers/linear.h"

namespace fgcn {

ChebConv::ChebConv(const Context& ctx, const std::string& name, SparseOperator laplacian, Size size,
                   Rng& rng)
    : laplacian_(std::move(laplacian)),
      weight_(name + ".weight",
              he_normal(ctx, {size.terms, size.in, size.out}, size.terms * size.in, rng)) {}

Var ChebConv::operator()(const Var& x) const {
  return ops::cheb_conv(laplacian_, x, x.tape().use(weight_));
}

ChebConvElu::ChebConvElu(const Context& ctx, const std::string& name,
                         const SparseOperator& laplacian, ChebConv::Size size, Rng& rng)
    : conv_(ctx, name, laplacian, size, rng),
      bias_(name + ".bias", Tensor::zeros(ctx, {size.out})) {}

Var ChebConvElu::operator()(const Var& x) const {
  return ops::bias_elu(conv_(x), x.tape().use(bias_));
}

void ChebConvElu::add_to(std::vector<Parameter*>& parameters) {
  conv_.add_to(parameters);
  parameters.push_back(&bias_);
}

}  // namespace fgcn
