#include "train/synthetic/random_expression.h"

#include <cmath>

namespace fgcn::train {

std::vector<float> random_expression(const mesh::FaceModel& model, double amount, Rng& rng) {
  const double active = rng.uniform() < 0.4 ? 0.05 : rng.uniform(0.05, 0.35);
  std::vector<float> out;
  for (std::size_t i = 0; i < static_cast<std::size_t>(model.expression.count); ++i) {
    const bool moves = rng.uniform() < active;
    const double t = amount * std::pow(rng.uniform(), 1.5);
    const bool upwards = rng.uniform() < 0.75 || model.expression_low[i] >= 0;
    const float bound = upwards ? model.expression_high[i] : model.expression_low[i];
    out.push_back(moves ? static_cast<float>(t * static_cast<double>(bound)) : 0.0F);
  }
  return out;
}

}  // namespace fgcn::train
