// What fgcn_train does with --data.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "mesh/face/face_model.h"
#include "train/photo_trainer.h"

namespace fgcn {

struct PhotoCommand {
  std::string data;      // data-set file
  std::string identity;  // weights of the identity network; empty: none
  std::string preset = "default";
  std::vector<std::string> assignments;  // key=value, in order
  bool gan = false;
  train::PhotoTrainingOptions options;  // without its settings
};

/// The preset with what the command line changes of it.
train::PhotoSettings photo_settings(const PhotoCommand& command);

/// Trains, and says on stderr how it ended. The exit code: 0 finished, 3 stopped before.
int train_on_data(const mesh::FaceModel& face, PhotoCommand command, const std::atomic<bool>& stop);

}  // namespace fgcn
