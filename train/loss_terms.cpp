#include "train/loss_terms.h"

#include <cmath>
#include <utility>

#include "autograd/ops/binary.h"
#include "autograd/ops/unary.h"
#include "kernels/core/not_finite.h"

namespace fgcn::train {

void LossTerms::add(std::string name, const Var& value, double share) {
  add(std::move(name), value.value());
  if (share == 0) return;
  const Var part = ops::scale(value, share);
  total_ = total_.defined() ? ops::add(total_, part) : part;
}

void LossTerms::add(std::string name, const Tensor& value) {
  names_.push_back(std::move(name));
  values_.push_back(value);
}

std::vector<NamedLoss> LossTerms::read(const Context& ctx) const {
  Tensor all(ctx, {static_cast<std::int64_t>(values_.size())});
  for (std::size_t i = 0; i < values_.size(); ++i)
    ctx.runtime().copy(all.data() + i, values_[i].data(), sizeof(real));
  const std::vector<real> host = all.to_host();
  std::vector<NamedLoss> out;
  for (std::size_t i = 0; i < host.size(); ++i) {
    const double value = static_cast<double>(host[i]);
    if (!std::isfinite(value))
      throw NotFinite(text("photo step: the loss '", names_[i], "' is ", value));
    out.push_back({names_[i], value});
  }
  return out;
}

}  // namespace fgcn::train
