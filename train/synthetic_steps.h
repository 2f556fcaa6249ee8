// Steps on synthetic faces between those on photos, so that what is known only of them, how albedo
// and light are told apart, is not forgotten.
#pragma once

#include <cstdint>
#include <vector>

#include "train/synthetic/face_stream.h"
#include "train/training_step.h"

namespace fgcn::train {

/// As the default preset without photos learns (docs/training-default.md).
class SyntheticSteps {
 public:
  struct Options {
    std::uint64_t seed = 1;
    std::int64_t batch = 1;
    int workers = 1;
    UseGraph graph = UseGraph::kNo;
  };

  /// All must outlive it.
  SyntheticSteps(const Context& ctx, recon::RefinementModel& model, Adam& adam,
                 const mesh::FaceModel& face, const Options& options);

  /// Learns from the faces of step `index` (FaceReplay::step). Repeat: bitwise, for any numbers of
  /// threads, from any index on.
  void operator()(std::int64_t index, double learning_rate);
  /// The losses of the steps since the last call, in order; waits for the device. Error naming what
  /// was not finite.
  std::vector<double> losses();

 private:
  void read();

  Context ctx_;
  TrainingStep step_;
  FaceReplay replay_;
  std::vector<double> losses_;  // read and not yet asked for
};

}  // namespace fgcn::train
