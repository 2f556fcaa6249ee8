// The critic that training on photographs may have, and how it learns.
#pragma once

#include <cstdint>
#include <string>

#include "io/arrays/safetensors.h"
#include "kernels/core/rng.h"
#include "layers/critic.h"
#include "train/adam.h"
#include "train/photos/photo_losses.h"

namespace fgcn::train {

/// Penalty that bounds the critic's gradient.
enum class CriticPenalty {
  kBatchBlend,   // WGAN-GP between real and fake, one random share per batch: the public code's
  kSampleBlend,  // WGAN-GP, one per picture: Gulrajani et al., NeurIPS 2017
  kReal,         // R1, at the real pictures: Mescheder et al., ICML 2018
};

struct AdversaryOptions {
  double weight = 0;        // of the generator's term; 0: no adversary
  double critic_scale = 1;  // of all of the critic's loss
  AdversaryLoss loss = AdversaryLoss::kWasserstein;
  CriticPenalty penalty = CriticPenalty::kBatchBlend;
  double penalty_weight = 10;     // R1: gamma, of which half counts
  std::int64_t critic_steps = 5;  // before each of the generator's
  CriticSize critic;
};

/// A critic with an optimiser of its own. Pictures are [N, S, S, 3] in [-1, 1].
///
/// Errors   fgcn::Error when a picture has another shape; when a gradient is not finite see
/// check(). Repeat   bitwise, for any number of threads, and through save() and load().
class Adversary {
 public:
  Adversary(const Context& ctx, const AdversaryOptions& options, Rng rng);
  Adversary(const Adversary&) = delete;  // the optimiser points at the critic
  Adversary& operator=(const Adversary&) = delete;

  /// Counts a step on so many pictures, and sends what varies of it: its rate and the penalty's
  /// random shares.
  void begin(double learning_rate, std::int64_t pictures);
  /// The step that was begun, on critic_scale * (critic + penalty): the same work every time, so
  /// that it can be recorded (kernels/runtime/graph.h). Moves the running statistics too, and first
  /// the spectral norms' vectors, once for the scores of the step and those that follow it.
  void learn(const Tensor& real_images, const Tensor& fake);
  /// [2] of the last step: the critic's loss without the penalty, and the penalty, weighted.
  const Tensor& losses() const { return losses_; }
  /// Waits for the device; throws when a gradient was not finite since the last check.
  void check() { adam_.check(); }

  /// generator_loss of what the critic says, unweighted.
  Var judge(const Var& fake);

  std::int64_t steps() const { return adam_.steps(); }

  /// Weights, what the critic remembers, moments and random state, under names that begin with
  /// "critic" or "adam.<kind>.critic".
  void save(io::Safetensors& file) const;
  /// InputError naming `where` when they are missing or do not fit. What was recorded before is of
  /// other weights.
  void load(const io::Safetensors& file, const std::string& where);

 private:
  std::vector<Parameter*> stored();

  Context ctx_;
  AdversaryOptions options_;
  Rng rng_;
  Critic critic_;
  Adam adam_;
  PinnedRing<real> shares_host_;
  Tensor shares_;  // [1, 1, 1, 1] or [N, 1, 1, 1] of the penalty between pictures
  Tensor losses_;
};

}  // namespace fgcn::train
