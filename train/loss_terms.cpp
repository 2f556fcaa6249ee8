#include "train/loss_terms.h"

#include <utility>

#include "autograd/ops/binary.h"

namespace fgcn::train {

void LossTerms::add(std::string name, const Tensor& value) {
  names_.push_back(std::move(name));
  values_.push_back(value);
}

void LossTerms::add(std::string name, const Var& value, const Var& weight) {
  add(std::move(name), value.value());
  const Var part = ops::mul(value, weight);
  total_ = total_.defined() ? ops::add(total_, part) : part;
}

void LossTerms::copy_to(const Context& ctx, real* to) const {
  for (const Tensor& value : values_) ctx.runtime().copy(to++, value.data(), sizeof(real));
}

}  // namespace fgcn::train
