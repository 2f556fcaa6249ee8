// One step of training on the device of the model.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "recon/refine/refinement_model.h"
#include "train/adam.h"
#include "train/batch_arrays.h"
#include "train/host_turn.h"
#include "train/losses.h"
#include "train/synthetic/synthetic_faces.h"
#include "train/unread_losses.h"

namespace fgcn::train {

/// Learns from a batch: forward, losses, backward, clip and Adam.
///
/// A batch is packed into pinned memory while the device still works on the one before. A step
/// waits for the device once, for the network's prediction: light and gain follow it on the host.
/// The losses are kept on the device until asked for.
///
/// Errors   fgcn::Error when the batch is of another size; while recording see Graph. What was not
///          finite shows in losses().
/// Repeat   bitwise, for any number of threads, with and without graphs.
class TrainingStep {
 public:
  /// Targets that follow the network's prediction, [V, 3] per face: the light, and the truth at the
  /// prediction's gain, in [0, 1]. Both count as constants.
  struct Followed {
    std::vector<std::vector<float>> light, with_gain;
  };
  /// Takes the faces of the batch and their albedo [V, 3] in [0, 1], one after another.
  using Follow = std::function<Followed(std::span<const SyntheticFace* const> faces,
                                        const std::vector<std::vector<float>>& albedo)>;

  /// The model and the optimiser must outlive it.
  TrainingStep(const Context& ctx, recon::RefinementModel& model, Adam& adam,
               const LossOptions& options, std::int64_t batch, UseGraph graph);

  void operator()(std::span<const SyntheticFace* const> faces, double learning_rate,
                  const Follow& follow);

  /// The losses of the steps since the last call, in order: total, albedo and photo, as in Losses;
  /// waits for the device. NotFinite naming the loss, else the tensor, when one or a gradient was
  /// not finite.
  std::vector<std::vector<NamedLoss>> losses();
  /// The network's input in the last step.
  const recon::RefinementBatch& last_batch() const { return input_; }
  /// How many steps losses() holds: UnreadLosses::kMost at most.
  std::int64_t unread() const { return unread_.size(); }

 private:
  void send(std::span<const SyntheticFace* const> faces);
  const Tensor& forward();
  void backward();
  std::vector<std::vector<float>> albedos(std::span<const real> prediction) const;

  Context ctx_;
  recon::RefinementModel& model_;
  Adam& adam_;
  LossOptions options_;
  std::int64_t batch_;

  BatchArrays arrays_, followed_;  // followed: light; truth at the prediction's gain
  recon::RefinementBatch input_;
  LossTargets targets_;
  HostTurn turn_;  // light and gain follow the prediction

  std::optional<Tape> tape_;  // from forward to backward
  Var refined_;
  Tensor prediction_;  // its value
  Tensor latest_;      // [3] losses of the last step
  LossNames names_;    // and their names
  UnreadLosses unread_;
};

}  // namespace fgcn::train
