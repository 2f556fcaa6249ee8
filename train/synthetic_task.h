// The task on synthetic faces, whose true albedo is known.
#pragma once

#include "train/synthetic_settings.h"
#include "train/train_loop.h"

namespace fgcn::train {

struct SyntheticTrainingOptions : RunOptions {
  SyntheticSettings settings;
};

/// Runs train_loop.h on synthetic faces of the model; then the albedo gain is fitted to the trained
/// network's predictions for new ones. samples.png shows six faces that training does not see.
///
/// The learning rate rises over the warm-up, then falls as half a cosine to learning_rate_end; by
/// the steps or by the clock, whichever is further on, so that a run with a time limit ends
/// annealed.
TrainingResult train_on_synthetic_faces(const mesh::FaceModel& face,
                                        const SyntheticTrainingOptions& options,
                                        const std::atomic<bool>& stop);

}  // namespace fgcn::train
