// Steps on synthetic faces between those on photos, so that what is known only of them, how albedo
// and light are told apart, is not forgotten.
#pragma once

#include <cstdint>

#include "train/face_stream.h"
#include "train/training_step.h"

namespace fgcn::train {

/// As the default preset without photos learns (docs/training-default.md).
class SyntheticSteps {
 public:
  /// All must outlive it.
  SyntheticSteps(const Context& ctx, RefinementModel& model, Adam& adam,
                 const mesh::FaceModel& face, std::uint64_t seed, std::int64_t batch, int makers);

  /// Learns from the faces of step `index` (FaceReplay::step), and gives its loss. Error naming
  /// what is not finite. Repeat: bitwise, for any numbers of threads, from any index on.
  double operator()(std::int64_t index, double rate);

 private:
  Context ctx_;
  TrainingStep step_;
  FaceReplay replay_;
};

}  // namespace fgcn::train
