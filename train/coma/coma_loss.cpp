#include "train/coma/coma_loss.h"

#include "autograd/ops/binary.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/unary.h"

namespace fgcn::train {

Var coma_data_loss(const Var& y, const Var& x) { return ops::mean(ops::abs(ops::sub(y, x))); }

Var coma_divergence(const ComaNetwork::Code& code) {
  // 1/2 sum (mean^2 + variance - 1 - log variance)
  const Var variance = ops::exp(code.log_variance);
  const Var terms = ops::sub(ops::add(ops::mul(code.mean, code.mean), variance),
                             ops::add_scalar(code.log_variance, 1));
  return ops::scale(ops::sum(terms), 0.5 / static_cast<double>(code.mean.dim(0)));
}

double coma_regularisation(ComaNetwork& network, double strength) {
  const std::vector<bool> dense = network.fully_connected();
  double sum = 0;
  for (std::size_t i = 0; i < dense.size(); ++i) {
    if (!dense[i]) continue;
    for (const real w : network.parameters()[i]->value.to_host())
      sum += static_cast<double>(w) * static_cast<double>(w);
  }
  return strength / 2 * sum;
}

}  // namespace fgcn::train
