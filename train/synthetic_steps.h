// Steps on synthetic faces: of the task of synthetic_task.h, and between the steps on photos, so
// that the network does not forget how to separate albedo and light.
#pragma once

#include <cstdint>
#include <vector>

#include "train/synthetic/face_stream.h"
#include "train/task.h"
#include "train/training_step.h"

namespace fgcn::train {

class SyntheticSteps {
 public:
  struct Options {
    std::uint64_t seed = 1;
    std::int64_t batch = 1;
    LossOptions loss;
  };

  SyntheticSteps(const Learner& learner, const Options& options);

  /// Learns from the faces of step `index` (FaceReplay::step). Repeat: bitwise, for any numbers of
  /// threads, from any index on.
  void operator()(std::int64_t index, double learning_rate);
  /// The losses of the steps since the last call, in order; waits for the device. NotFinite naming
  /// what was not.
  std::vector<std::vector<NamedLoss>> losses();
  /// The network's input in the last step.
  const recon::RefinementBatch& last_batch() const { return step_.last_batch(); }
  /// Ends the threads that render faces; a later step starts them again.
  void rest() { replay_.rest(); }

 private:
  Context ctx_;
  TrainingStep step_;
  FaceReplay replay_;
  std::vector<std::vector<NamedLoss>> losses_;  // read and not yet asked for
};

}  // namespace fgcn::train
