#include "train/evaluate/part_means.h"

#include "kernels/core/error.h"

namespace fgcn::train {

LayerWatch PartMeans::collect() {
  return [this](const std::string& part, Curve curve, const Var& y) {
    if (curve != Curve::kPart) return y;
    const std::vector<real> values = y.value().to_host();
    const auto [found, is_new] = sums_.try_emplace(part);
    Sum& sum = found->second;
    if (is_new) {
      parts_.push_back(part);
      sum = {y.shape(), std::vector<double>(values.size()), 0};
    }
    FGCN_CHECK(sum.shape == y.shape(), "part means: '", part, "' gave ", sum.shape, ", now ",
               y.shape());
    for (std::size_t i = 0; i < values.size(); ++i) sum.values[i] += static_cast<double>(values[i]);
    ++sum.faces;
    return y;
  };
}

LayerWatch PartMeans::replace(const std::string& part) const {
  const auto found = sums_.find(part);
  FGCN_CHECK(found != sums_.end(), "part means: '", part, "' was not seen");
  const Sum& sum = found->second;
  std::vector<double> mean = sum.values;
  for (double& value : mean) value /= static_cast<double>(sum.faces);
  return [part, mean = std::move(mean), shape = sum.shape](const std::string& shown, Curve curve,
                                                           const Var& y) {
    if (curve != Curve::kPart || shown != part) return y;
    FGCN_CHECK(y.shape() == shape, "part means: '", part, "' gave ", shape, ", now ", y.shape());
    Tape& tape = y.tape();
    return tape.constant(Tensor::of(tape.context(), shape, mean));
  };
}

}  // namespace fgcn::train
