#include "train/losses.h"

#include <algorithm>

#include "autograd/ops/binary.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/unary.h"
#include "kernels/reduce/reduce.h"

namespace fgcn::train {
namespace {

double total(const Tensor& x) {
  Tensor sum(x.context(), {1});
  kernels::reduce_sum(x.context(), x.view(), sum.view());
  return static_cast<double>(sum.item());
}

}  // namespace

Losses refinement_losses(const Var& refined, const LossTargets& targets,
                         const LossOptions& options) {
  FGCN_CHECK(refined.shape() == targets.albedo.shape(), "refinement_losses: the albedo is ",
             refined.shape(), ", the truth is ", targets.albedo.shape());
  Tape& tape = refined.tape();
  const auto constant = [&tape](const Tensor& t) { return tape.constant(t); };
  // Means over vertices that count; a batch in which none does costs nothing.
  const double weighed = std::max(total(targets.weight), 1.0) * 3;
  const double cleared = std::max(total(targets.clear), 1.0) * 3;

  const auto away = [&](const Tensor& truth, double share) {
    const Var off = ops::abs(ops::sub(refined, constant(truth)));
    return ops::scale(ops::sum(ops::mul(off, constant(targets.weight))), 0.5 * share / weighed);
  };
  const Var albedo =
      ops::add(away(targets.albedo, 1 - options.pattern), away(targets.levelled, options.pattern));

  const Var unit = ops::add_scalar(ops::scale(refined, 0.5), 0.5);
  const Var lit = ops::mul(unit, constant(targets.light));
  const Var off = ops::square(ops::sub(lit, constant(targets.photo)));
  const Var photo = ops::scale(ops::sum(ops::mul(off, constant(targets.clear))),
                               0.5 / (options.tolerance * cleared));
  return {ops::add(ops::scale(albedo, options.albedo), ops::scale(photo, options.photo)), albedo,
          photo};
}

}  // namespace fgcn::train
