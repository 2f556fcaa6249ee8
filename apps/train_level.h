// What fgcn_train does with --fit-level.
#pragma once

#include <atomic>
#include <filesystem>

#include "kernels/core/context.h"
#include "mesh/face/face_model.h"
#include "train/level_fit.h"

namespace fgcn {

struct LevelCommand {
  std::filesystem::path weights, out;
  train::LevelOptions options;
};

/// Writes the weights with a level fitted anew, and prints how far it was off and is. The exit
/// code: 0 done, 3 stopped before, and nothing written.
int fit_level_of(const Context& ctx, const mesh::FaceModel& face, const LevelCommand& command,
                 const std::atomic<bool>& stop);

}  // namespace fgcn
