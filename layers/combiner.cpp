#include "layers/combiner.h"

#include "autograd/ops/slice.h"
#include "autograd/ops/unary.h"
#include "layers/refiner.h"

namespace fgcn {
namespace {

constexpr std::int64_t kBoth = 6;  // of decoder and refiner
constexpr int kChannels = 2;       // axis

std::optional<ActiveChebConv> hidden_layer(const Context& ctx, const GraphHierarchy& hierarchy,
                                           const Combiner::Size& size, Rng& rng) {
  if (size.hidden == 0) return std::nullopt;
  return ActiveChebConv(ctx, "head.in", hierarchy.laplacian.at(0),
                        {kBoth + Refiner::kInput, size.hidden, size.terms, size.form},
                        size.activation, rng);
}

}  // namespace

Combiner::Combiner(const Context& ctx, const GraphHierarchy& hierarchy, const Size& size, Rng& rng)
    : hidden_(hidden_layer(ctx, hierarchy, size, rng)),
      out_(ctx, "head.out", hierarchy.laplacian.at(0),
           {size.hidden > 0 ? size.hidden : kBoth, 3, size.terms, size.form}, rng) {}

Var Combiner::operator()(const Var& decoded, const Var& refined, const Var& input) const {
  Var x = ops::concat({decoded, refined}, kChannels);
  if (hidden_)
    x = x.tape().shown("head", Curve::kPart, (*hidden_)(ops::concat({x, input}, kChannels)));
  return x.tape().shown("head.out", Curve::kTanh, ops::tanh(out_(x)));
}

void Combiner::add_to(std::vector<Parameter*>& parameters) {
  if (hidden_) hidden_->add_to(parameters);
  out_.add_to(parameters);
}

}  // namespace fgcn
