#include "layers/decoder.h"

namespace fgcn {
namespace {

constexpr std::int64_t kOut = 3;  // channels

}  // namespace

Decoder::Decoder(const Context& ctx, const GraphHierarchy& hierarchy, const Size& size, Rng& rng)
    : unpool_(hierarchy.unpool.rbegin(), hierarchy.unpool.rend()),
      coarsest_(hierarchy.vertices(hierarchy.levels() - 1)),
      first_(ctx, "decoder.full", size.embedding, coarsest_ * size.filters.at(0), rng, size.form) {
  const bool blocks = size.kind.unit == GraphUnit::kResidual;
  std::vector<std::int64_t> widths = size.filters;
  if (blocks) widths.push_back(kOut);
  FGCN_CHECK(widths.size() == hierarchy.levels(), "decoder: ", size.filters.size(), " filters for ",
             hierarchy.levels(), " levels");
  GraphLayer::Kind inner = size.kind;
  inner.output = BranchOutput::kActivated;
  if (!blocks)
    last_.emplace(ctx, "decoder.out", hierarchy.laplacian.at(0),
                  ChebConv::Size{widths.back(), kOut, size.terms, size.form}, size.kind, rng);
  for (std::size_t i = 0; i < unpool_.size(); ++i) {
    const bool ends = blocks && i + 1 == unpool_.size();
    up_.emplace_back(ctx, text("decoder.", i), hierarchy.laplacian[unpool_.size() - 1 - i],
                     ChebConv::Size{widths[i], widths[i + 1], size.terms, size.form},
                     ends ? size.kind : inner, rng);
  }
}

Var Decoder::operator()(const Var& embedding) const {
  Var x = unflattened(first_(embedding), coarsest_);
  for (std::size_t i = 0; i < up_.size(); ++i) x = up_[i].unpooled(unpool_[i], x);
  return last_ ? (*last_)(x) : x;
}

void Decoder::add_to(std::vector<Parameter*>& parameters) {
  first_.add_to(parameters);
  for (GraphLayer& layer : up_) layer.add_to(parameters);
  if (last_) last_->add_to(parameters);
}

}  // namespace fgcn
