#include "layers/residual_refiner.h"

#include <array>

#include "autograd/ops/spmm.h"

namespace fgcn {

ResidualRefiner::ResidualRefiner(const Context& ctx, const GraphHierarchy& hierarchy,
                                 const Size& size, Rng& rng) {
  FGCN_CHECK(hierarchy.levels() >= 2, "refiner: a hierarchy of ", hierarchy.levels(),
             " levels, expected two or more");
  FGCN_CHECK(size.filters.size() == kFilters, "refiner: ", size.filters.size(),
             " filters, expected ", kFilters);
  pool_ = hierarchy.pool[0];
  unpool_ = hierarchy.unpool[0];
  constexpr std::array<std::size_t, kFilters + 1> kLevel = {0, 1, 1, 0, 0};
  std::int64_t channels = Refiner::kInput;
  for (std::size_t i = 0; i < kLevel.size(); ++i) {
    const std::int64_t out = i < kFilters ? size.filters[i] : 3;
    blocks_.emplace_back(ctx, text("refiner.", i), hierarchy.laplacian[kLevel[i]],
                         ChebConv::Size{channels, out, size.terms, size.form}, size.activation, rng,
                         i < kFilters ? BranchOutput::kActivated : size.output);
    channels = out;
  }
}

Var ResidualRefiner::operator()(const Var& x) const {
  const Var coarse = blocks_[1](ops::spmm(pool_, blocks_[0](x)));
  return blocks_[4](blocks_[3].unpooled(unpool_, blocks_[2](coarse)));
}

void ResidualRefiner::add_to(std::vector<Parameter*>& parameters) {
  for (ResidualBlock& block : blocks_) block.add_to(parameters);
}

}  // namespace fgcn
