// The whole generator, forward and a whole training step, for fgcn_bench.
#pragma once

#include <vector>

#include "autograd/ops/binary.h"
#include "autograd/ops/gather.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/unary.h"
#include "kernels/adam/adam.h"
#include "kernels/core/rng.h"
#include "layers/generator.h"

namespace fgcn::bench {

/// The work of the PyTorch peer in docs/results/performance.md: the generator at batch N with
/// losses on vertices (coarse albedo, photo colors, symmetry, variance, L2), clip and Adam.
class GeneratorStep {
 public:
  static constexpr std::int64_t kEmbedding = 3840;

  GeneratorStep(const Context& ctx, const GraphHierarchy& hierarchy, std::int64_t batch)
      : ctx_(ctx), generator_(ctx, hierarchy, kEmbedding, Rng(1)) {
    const std::int64_t v = hierarchy.vertices(0);
    Rng rng(2);
    const auto uniform = [&](const Shape& shape, double low, double high) {
      std::vector<real> values(static_cast<std::size_t>(shape.size()));
      for (real& x : values) x = static_cast<real>(rng.uniform(low, high));
      return Tensor::of(ctx, shape, values);
    };
    embedding_ = uniform({batch, kEmbedding}, 0, 1.6);
    albedo_ = uniform({v, batch, 3}, -1, 1);
    projected_ = uniform({v, batch, 4}, -1, 1);
    color_ = uniform({v, batch, 3}, -1, 1);
    light_ = uniform({v, batch, 3}, 0.5, 1.2);
    std::vector<real> visible(static_cast<std::size_t>(v * batch));
    for (real& s : visible) s = rng.uniform() > 0.4 ? real(1) : real(0);
    visible_ = Tensor::of(ctx, {v, batch, 1}, visible);
    for (real& s : visible) s = 1 - s;
    hidden_ = Tensor::of(ctx, {v, batch, 1}, visible);
    std::vector<std::int32_t> left, right, skin;
    for (int i = 0; i < 16000; ++i) {
      left.push_back(static_cast<std::int32_t>(rng.below(v)));
      right.push_back(static_cast<std::int32_t>(rng.below(v)));
    }
    for (std::int32_t i = 0; i < v; ++i)
      if (i % 3 != 0) skin.push_back(i);
    left_ = RowIndex(ctx, v, left);
    right_ = RowIndex(ctx, v, right);
    skin_ = RowIndex(ctx, v, skin);
    for (const Parameter* p : generator_.parameters()) {
      first_.push_back(Tensor::zeros(ctx, p->value.shape()));
      second_.push_back(Tensor::zeros(ctx, p->value.shape()));
    }
  }

  /// The loss alone.
  double forward() {
    Tape tape(ctx_, Record::kNothing);
    return static_cast<double>(loss(tape).value().item()) + regular();
  }

  /// Forward, backward, clip, L2 and Adam.
  double step() {
    Tape tape(ctx_);
    const Var total = loss(tape);
    Vars xs;
    for (const Parameter* p : generator_.parameters()) xs.push_back(tape.use(*p));
    const double value = static_cast<double>(total.value().item()) + regular();
    std::vector<Gradient> grads = tape.gradients(total, xs);
    ++steps_;
    std::size_t i = 0;
    for (Parameter* p : generator_.parameters()) {
      kernels::adam(ctx_, {.l2 = decayed(*p) ? kDecay : 0, .step = steps_},
                    {p->value.view(), first_[i].view(), second_[i].view()},
                    {grads[i].stored.view(), grads[i].x.view(), grads[i].grad_y.view()});
      grads[i++] = {};
    }
    return value;
  }

 private:
  static constexpr double kDecay = 5e-4;

  static bool decayed(const Parameter& p) { return p.name.find(".full") != std::string::npos; }

  double regular() {
    double sum = 0;
    for (const Parameter* p : generator_.parameters()) {
      if (!decayed(*p)) continue;
      const double norm = kernels::adam_norm(ctx_, 0, p->value.view(), {.stored = p->value.view()});
      sum += kDecay / 2 * norm * norm;
    }
    return sum;
  }

  Var loss(Tape& tape) {
    const auto constant = [&](const Tensor& t) { return tape.constant(t); };
    const Var fine = generator_(constant(embedding_), constant(albedo_), constant(projected_));
    const auto lit = [&](const Var& albedo) {
      const Var shaded = ops::mul(ops::scale(ops::add_scalar(albedo, 1), 0.5), constant(light_));
      return ops::add_scalar(ops::scale(ops::clamp(shaded, 0, 1), 2), -1);
    };
    const auto mean_abs = [](const Var& x) { return ops::mean(ops::abs(x)); };
    const Var shown = lit(fine);
    const Var coarse = lit(constant(albedo_));
    Var total = ops::scale(mean_abs(ops::sub(fine, constant(albedo_))), 0.2);
    total =
        ops::add(total, mean_abs(ops::mul(ops::sub(shown, constant(color_)), constant(visible_))));
    total = ops::add(
        total, ops::scale(mean_abs(ops::mul(ops::sub(shown, coarse), constant(hidden_))), 0.3));
    const Var apart = ops::sub(ops::gather(fine, left_), ops::gather(fine, right_));
    const Shape per_vertex{apart.dim(0), apart.dim(1), 1};
    const Var distance =
        ops::sqrt(ops::add_scalar(ops::sum_to(ops::square(apart), per_vertex), 1e-16));
    total = ops::add(total, ops::scale(ops::mean(distance), 0.5));
    const Var skin = ops::gather(fine, skin_);
    const Var mean =
        ops::scale(ops::sum_to(skin, {1, skin.dim(1), 3}), 1.0 / static_cast<double>(skin.dim(0)));
    total = ops::add(total, ops::scale(ops::mean(ops::square(ops::sub(skin, mean))), 0.01));
    return total;
  }

  Context ctx_;
  Generator generator_;
  Tensor embedding_, albedo_, projected_, color_, light_, visible_, hidden_;
  RowIndex left_, right_, skin_;
  std::vector<Tensor> first_, second_;
  std::int64_t steps_ = 0;
};

}  // namespace fgcn::bench
