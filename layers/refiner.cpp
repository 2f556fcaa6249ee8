#include "layers/refiner.h"

#include "autograd/ops/spmm.h"

namespace fgcn {
namespace {

constexpr std::size_t kSkips = 2;  // levels at which the way up sees the way down

}  // namespace

Refiner::Refiner(const Context& ctx, const GraphHierarchy& hierarchy, const Size& size, Rng& rng)
    : pool_(hierarchy.pool),
      unpool_(hierarchy.unpool.rbegin(), hierarchy.unpool.rend()),
      coarsest_(hierarchy.vertices(hierarchy.levels() - 1)),
      first_(ctx, "refiner.in", hierarchy.laplacian.at(0),
             {kInput, size.filters.at(0), size.terms, size.form}, rng),
      narrow_(ctx, "refiner.full_in", coarsest_ * size.filters.back(), size.bottleneck, rng,
              size.form),
      widen_(ctx, "refiner.full_out", size.bottleneck, coarsest_ * size.filters.back(), rng,
             size.form),
      last_(ctx, "refiner.out", hierarchy.laplacian.at(0),
            {size.filters[0], 3, size.terms, size.form},
            last_activation(size.activation, size.output), rng) {
  if (size.output == BranchOutput::kLinear) last_.silence();
  const std::size_t pools = pool_.size();
  FGCN_CHECK(size.filters.size() == pools, "refiner: ", size.filters.size(), " filters for ", pools,
             " pools");
  std::int64_t channels = size.filters[0];
  for (std::size_t i = 0; i < pools; ++i) {
    down_.emplace_back(ctx, text("refiner.down", i), hierarchy.laplacian[i + 1],
                       ChebConv::Size{channels, size.filters[i], size.terms, size.form},
                       size.activation, rng);
    channels = size.filters[i];
  }
  for (std::size_t i = 0; i < pools; ++i) {
    // Before un-pooling i the way up is on level pools - i; the way down left filters[level - 1]
    // there.
    const std::size_t level = pools - 1 - i;
    const std::int64_t skip = i < kSkips && level > 0 ? size.filters[level - 1] : 0;
    const std::int64_t out = size.filters[pools - 1 - i];
    up_.emplace_back(ctx, text("refiner.up", i), hierarchy.laplacian[level],
                     ChebConv::Size{channels + skip, out, size.terms, size.form}, size.activation,
                     rng);
    channels = out;
  }
}

Var Refiner::operator()(const Var& input) const {
  Var x = first_(input);
  Vars way_down;
  for (std::size_t i = 0; i < down_.size(); ++i) {
    x = down_[i](ops::spmm(pool_[i], x));
    way_down.push_back(x);
  }
  x = unflattened(widen_(narrow_(flattened(x))), coarsest_);
  x = x.tape().shown("refiner.bottleneck", Curve::kPart, x);
  for (std::size_t i = 0; i < up_.size(); ++i) {
    const std::size_t level = up_.size() - 1 - i;
    x = up_[i].unpooled(unpool_[i], x, i < kSkips && level > 0 ? way_down[level - 1] : Var());
  }
  return last_(x);
}

void Refiner::add_to(std::vector<Parameter*>& parameters) {
  first_.add_to(parameters);
  for (ActiveChebConv& layer : down_) layer.add_to(parameters);
  narrow_.add_to(parameters);
  widen_.add_to(parameters);
  for (ActiveChebConv& layer : up_) layer.add_to(parameters);
  last_.add_to(parameters);
}

}  // namespace fgcn
