#include "train/losses.h"

#include <algorithm>

#include "autograd/ops/binary.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/unary.h"

namespace fgcn::train {

std::array<double, 2> loss_shares(double weight, double unoccluded, const LossOptions& options) {
  return {0.5 / (std::max(weight, 1.0) * 3),
          0.5 / (options.tolerance * (std::max(unoccluded, 1.0) * 3))};
}

Losses refinement_losses(const Var& refined, const LossTargets& targets,
                         const LossOptions& options) {
  FGCN_CHECK(refined.shape() == targets.albedo.shape(), "refinement_losses: the albedo is ",
             refined.shape(), ", the truth is ", targets.albedo.shape());
  Tape& tape = refined.tape();
  const auto constant = [&tape](const Tensor& t) { return tape.constant(t); };
  FGCN_CHECK(targets.shares.size() == 2, "refinement_losses: the shares are ",
             targets.shares.shape(), ", expected [2]");
  const auto share = [&](std::int64_t which) { return constant(targets.shares.part(which, {1})); };

  const auto away = [&](const Tensor& truth, double part) {
    const Var off = ops::abs(ops::sub(refined, constant(truth)));
    return ops::scale(ops::sum(ops::mul(off, constant(targets.weight))), part);
  };
  const Var albedo = ops::mul(
      ops::add(away(targets.albedo, 1 - options.pattern), away(targets.with_gain, options.pattern)),
      share(0));

  const Var unit = ops::add_scalar(ops::scale(refined, 0.5), 0.5);
  const Var lit = ops::mul(unit, constant(targets.vertex_irradiance));
  const Var off = ops::square(ops::sub(lit, constant(targets.photo)));
  const Var photo = ops::mul(ops::sum(ops::mul(off, constant(targets.unoccluded))), share(1));
  return {ops::add(ops::scale(albedo, options.albedo), ops::scale(photo, options.photo)), albedo,
          photo};
}

}  // namespace fgcn::train
