#include "layers/combiner.h"

#include "autograd/ops/slice.h"
#include "autograd/ops/unary.h"

namespace fgcn {

Combiner::Combiner(const Context& ctx, const GraphHierarchy& hierarchy, std::int64_t terms,
                   Rng& rng)
    : conv_(ctx, "combiner", hierarchy.laplacian.at(0), {6, 3, terms}, rng) {}

Var Combiner::operator()(const Var& decoded, const Var& refined) const {
  return ops::tanh(conv_(ops::concat({decoded, refined}, 2)));
}

}  // namespace fgcn
