#include "train/photos/photo_losses.h"

#include <algorithm>
#include <cmath>

#include "autograd/ops/binary.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/unary.h"

namespace fgcn::train {
namespace {

constexpr double kLeastSquare = 1e-12;  // of a length, so that its derivative is finite at 0

/// |x| over the last axis: [.., C] -> [.., 1].
Var lengths(const Var& x) {
  Shape shape = x.shape();
  shape.sizes[shape.rank - 1] = 1;
  return ops::sqrt(ops::add_scalar(ops::sum_to(ops::square(x), shape), kLeastSquare));
}

/// sum mask x / sum mask for x and mask [N, H, W, 1]; 0 where the mask is empty.
Var masked_mean(const Var& x, const Var& mask) {
  // A mask holds ones and fractions; where it is empty the sum above is 0 too.
  const Var least = mask.tape().constant(Tensor::full(mask.tape().context(), {1}, real(1e-6)));
  return ops::div(ops::sum(ops::mul(x, mask)), ops::maximum(ops::sum(mask), least));
}

void check_pictures(const char* what, const Var& a, const Var& b, const Var& mask) {
  FGCN_CHECK(a.shape().rank == 4 && a.shape() == b.shape(), what, ": pictures of ", a.shape(),
             " and ", b.shape());
  const Shape one{a.dim(0), a.dim(1), a.dim(2), 1};
  FGCN_CHECK(mask.shape() == one, what, ": the mask is ", mask.shape(), ", expected ", one);
}

/// log(1 + exp(x)), without overflow.
Var softplus(const Var& x) {
  const Var small = ops::log(ops::add_scalar(ops::exp(ops::neg(ops::abs(x))), 1));
  return ops::add(ops::relu(x), small);
}

}  // namespace

Var to_signed(const Var& x) { return ops::add_scalar(ops::scale(x, 2), -1); }
Var to_unit(const Var& x) { return ops::add_scalar(ops::scale(x, 0.5), 0.5); }

Var lit_colors(const Var& albedo, const Var& light) {
  FGCN_CHECK(albedo.shape() == light.shape(), "lit colors: the albedo is ", albedo.shape(),
             ", the light ", light.shape());
  return to_signed(ops::clamp(ops::mul(to_unit(albedo), light), 0, 1));
}

Var vertex_loss(const Var& a, const Var& b, VertexNorm norm, const Var& weight) {
  FGCN_CHECK(a.shape().rank == 3 && a.shape() == b.shape(), "vertex loss: colors of ", a.shape(),
             " and ", b.shape());
  const Var apart = ops::sub(a, b);
  Var distance = norm == VertexNorm::kL1 ? ops::abs(apart) : lengths(apart);
  if (weight.defined()) {
    const Shape one{a.dim(0), a.dim(1), 1};
    FGCN_CHECK(weight.shape() == one, "vertex loss: the weight is ", weight.shape(), ", expected ",
               one);
    distance = ops::mul(distance, weight);
  }
  return ops::mean(distance);
}

Var project_loss(const Var& lit, const ProjectTargets& targets, VertexNorm norm,
                 double hidden_weight) {
  Var visible = vertex_loss(lit, targets.photo, norm, targets.visible);
  if (hidden_weight == 0) return visible;
  const Var hidden = ops::add_scalar(ops::neg(targets.visible), 1);
  return ops::add(visible,
                  ops::scale(vertex_loss(lit, targets.coarse_lit, norm, hidden), hidden_weight));
}

Var pixel_loss(const Var& rendered, const Var& photo, const Var& mask) {
  check_pictures("pixel loss", rendered, photo, mask);
  return masked_mean(lengths(ops::sub(rendered, photo)), mask);
}

Var pixel_l1(const Var& rendered, const Var& photo, const Var& mask) {
  check_pictures("pixel L1", rendered, photo, mask);
  const Var apart = ops::abs(ops::sub(rendered, photo));
  return masked_mean(
      ops::scale(ops::sum_to(apart, mask.shape()), 1.0 / static_cast<double>(rendered.dim(3))),
      mask);
}

Var overlay(const Var& rendered, const Var& photo, const Var& mask) {
  check_pictures("overlay", rendered, photo, mask);
  return ops::add(photo, ops::mul(ops::sub(rendered, photo), mask));
}

Var symmetry_loss(const Var& albedo, const RowIndex& left, const RowIndex& right) {
  FGCN_CHECK(left.size() > 0 && left.size() == right.size(), "symmetry loss: ", left.size(),
             " vertices on the left, ", right.size(), " on the right");
  return ops::mean(lengths(ops::sub(ops::gather(albedo, left), ops::gather(albedo, right))));
}

Var variance_loss(const Var& albedo, const RowIndex& skin) {
  FGCN_CHECK(skin.size() > 0, "variance loss: no vertices");
  const Var x = ops::gather(albedo, skin);
  const Var mean =
      ops::scale(ops::sum_to(x, {1, x.dim(1), x.dim(2)}), 1.0 / static_cast<double>(skin.size()));
  return ops::mean(ops::square(ops::sub(x, mean)));
}

Var weight_loss(const Vars& weights) {
  FGCN_CHECK(!weights.empty(), "weight loss: no weights");
  Var sum;
  for (const Var& w : weights) {
    const Var square = ops::sum(ops::square(w));
    sum = sum.defined() ? ops::add(sum, square) : square;
  }
  return ops::scale(sum, 0.5);
}

bool fully_connected(std::string_view parameter_name) {
  // decoder.full, refiner.full_in and .full_out: weight and bias. Not the image encoder, which
  // stands for a fixed network of the original.
  return parameter_name.starts_with("decoder.full.") || parameter_name.starts_with("refiner.full_");
}

MirrorPairs mirror_pairs(const mesh::FaceModel& face) {
  MirrorPairs out;
  for (std::size_t v = 0; v < face.mirror.size(); ++v) {
    const std::int32_t other = face.mirror[v];
    if (other <= static_cast<std::int32_t>(v)) continue;
    out.left.push_back(static_cast<std::int32_t>(v));
    out.right.push_back(other);
  }
  if (out.left.empty())
    input_error("the face model '", face.name,
                "' pairs no vertices left and right; train with a symmetry weight of 0");
  return out;
}

Var critic_loss(const Var& real_score, const Var& fake_score, AdversaryLoss kind) {
  if (kind == AdversaryLoss::kWasserstein)
    return ops::sub(ops::mean(fake_score), ops::mean(real_score));
  return ops::add(ops::mean(softplus(fake_score)), ops::mean(softplus(ops::neg(real_score))));
}

Var generator_loss(const Var& fake_score, AdversaryLoss kind) {
  if (kind == AdversaryLoss::kWasserstein) return ops::neg(ops::mean(fake_score));
  return ops::mean(softplus(ops::neg(fake_score)));
}

Tensor between(const Tensor& real_images, const Tensor& fake, const Tensor& shares) {
  FGCN_CHECK(real_images.shape().rank == 4 && real_images.shape() == fake.shape(),
             "between: pictures of ", real_images.shape(), " and ", fake.shape());
  const Shape each{real_images.dim(0), 1, 1, 1}, one{1, 1, 1, 1};
  FGCN_CHECK(shares.shape() == one || shares.shape() == each, "between: shares of ", shares.shape(),
             " for ", real_images.dim(0), " pictures");
  Tape tape(real_images.context(), Record::kNothing);
  const Var from = tape.constant(fake);
  return ops::add(from, ops::mul(ops::sub(tape.constant(real_images), from), tape.constant(shares)))
      .value();
}

ScheduledWeights scheduled_weights(PhotoSchedule schedule, double epoch) {
  FGCN_CHECK(epoch >= 0 && std::isfinite(epoch), "scheduled_weights: epoch ", epoch);
  if (schedule == PhotoSchedule::kConstant) return {};
  const double ren = std::clamp(0.2 * epoch, 0.0, 1.0);
  if (schedule == PhotoSchedule::kReference)
    return {std::clamp(1 - ren, 0.2, 1.0), ren, ren, ren > 0 ? 1.0 : 0.0};
  return {1 - ren, 1 - ren, ren, ren};
}

}  // namespace fgcn::train
