// What fgcn_train does with --fit-gain.
#pragma once

#include <atomic>
#include <filesystem>

#include "kernels/core/context.h"
#include "mesh/face/face_model.h"
#include "train/gain_fit.h"

namespace fgcn {

struct GainCommand {
  std::filesystem::path weights, out;
  train::GainFitOptions options;
};

/// Writes the weights with a level fitted anew, and prints how far it was off and is. The exit
/// code: 0 done, 3 stopped before, and nothing written.
int fit_gain_of(const Context& ctx, const mesh::FaceModel& face, const GainCommand& command,
                const std::atomic<bool>& stop);

}  // namespace fgcn
