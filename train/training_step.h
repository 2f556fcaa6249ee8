// One step of training on the device of the model.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "kernels/runtime/pinned.h"
#include "kernels/runtime/repeated_work.h"
#include "recon/refine/refinement_model.h"
#include "train/adam.h"
#include "train/batch_arrays.h"
#include "train/losses.h"
#include "train/synthetic/synthetic_faces.h"

namespace fgcn::train {

struct StepLosses {
  double total = 0, albedo = 0, photo = 0;  // as in Losses
};

/// Learns from a batch: forward, losses, backward, clip and Adam.
///
/// A batch is packed into pinned memory while the device still works on the one before. A step
/// waits for the device once, for the network's answer: light and level follow that on the host.
/// What the losses were is kept on the device until asked for.
///
/// With a graph the first step runs plainly, the second records, and all others give the device two
/// graphs, before and after that.
///
/// Errors   fgcn::Error when the batch is of another size; while recording see Graph. What was not
///          finite shows in losses().
/// Repeat   bitwise, for any number of threads, with and without graphs.
class TrainingStep {
 public:
  /// What a batch is compared with and depends on the network's answer, [V, 3] a face: the light,
  /// and the truth at the prediction's level, in [0, 1]. Both count as constants.
  struct Followed {
    std::vector<std::vector<float>> light, with_gain;
  };
  /// Of the faces of the batch and their albedo [V, 3] in [0, 1], one after another.
  using Follow = std::function<Followed(std::span<const SyntheticFace* const> faces,
                                        const std::vector<std::vector<float>>& albedo)>;

  /// The model and the optimiser must outlive it.
  TrainingStep(const Context& ctx, recon::RefinementModel& model, Adam& adam,
               const LossOptions& options, std::int64_t batch, UseGraph graph);

  void operator()(std::span<const SyntheticFace* const> faces, double learning_rate,
                  const Follow& follow);

  /// How many steps losses() can hold; the next one needs it to be called.
  static constexpr std::int64_t kMostUnread = 64;
  /// The losses of the steps since the last call, in order; waits for the device. Error naming the
  /// step when a loss was not finite, else the tensor when a gradient was not.
  std::vector<StepLosses> losses();
  std::int64_t unread() const { return static_cast<std::int64_t>(unread_steps_.size()); }

 private:
  void send(std::span<const SyntheticFace* const> faces);
  void forward();
  void backward();
  std::vector<std::vector<float>> prediction();

  Context ctx_;
  recon::RefinementModel& model_;
  Adam& adam_;
  LossOptions options_;
  std::int64_t batch_;

  BatchArrays arrays_, followed_;  // followed: light; truth at the prediction's level
  recon::RefinementBatch input_;
  LossTargets targets_;
  Pinned<real> prediction_host_;
  std::unique_ptr<Mark> answered_;

  std::optional<Tape> tape_;  // from forward to backward
  Var refined_;
  Tensor prediction_;                       // its value
  Tensor latest_;                           // [3] losses of the last step
  Tensor unread_losses_;                    // [kMostUnread, 3]
  std::vector<std::int64_t> unread_steps_;  // the optimiser's number of each, from 0
  RepeatedWork forward_work_, backward_work_;
};

}  // namespace fgcn::train
