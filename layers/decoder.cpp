#include "layers/decoder.h"

namespace fgcn {

Decoder::Decoder(const Context& ctx, const GraphHierarchy& hierarchy, const Size& size, Rng& rng)
    : unpool_(hierarchy.unpool.rbegin(), hierarchy.unpool.rend()),
      coarsest_(hierarchy.vertices(hierarchy.levels() - 1)),
      first_(ctx, "decoder.full", size.embedding, coarsest_ * size.filters.at(0), rng),
      last_(ctx, "decoder.out", hierarchy.laplacian.at(0), {size.filters.back(), 3, size.terms},
            size.kind, rng) {
  FGCN_CHECK(size.filters.size() == hierarchy.levels(), "decoder: ", size.filters.size(),
             " filters for ", hierarchy.levels(), " levels");
  for (std::size_t i = 0; i < unpool_.size(); ++i) {
    up_.emplace_back(ctx, text("decoder.", i), hierarchy.laplacian[unpool_.size() - 1 - i],
                     ChebConv::Size{size.filters[i], size.filters[i + 1], size.terms}, size.kind,
                     rng);
  }
}

Var Decoder::operator()(const Var& embedding) const {
  Var x = unflattened(first_(embedding), coarsest_);
  for (std::size_t i = 0; i < up_.size(); ++i) x = up_[i].unpooled(unpool_[i], x);
  return last_(x);
}

void Decoder::add_to(std::vector<Parameter*>& parameters) {
  first_.add_to(parameters);
  for (GraphLayer& layer : up_) layer.add_to(parameters);
  last_.add_to(parameters);
}

}  // namespace fgcn
