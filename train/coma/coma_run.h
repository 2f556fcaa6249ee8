// Training of the mesh autoencoder.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>

#include "kernels/core/context.h"
#include "train/coma/coma_model.h"
#include "train/coma/coma_settings.h"
#include "train/coma/sequence_data.h"

namespace fgcn::train {

struct ComaRunOptions {
  std::filesystem::path out;
  std::filesystem::path cache;  // of hierarchies; empty: none
  std::string split = "sliced";
  double millimetres = 1000;  // per unit of the meshes
  bool resume = false;
};

struct ComaRunResult {
  std::int64_t steps = 0;  // in all
  double seconds = 0;      // of this start
  bool finished = false;
  double validation = 0;    // the last one's loss; 0: there was none
  std::int64_t silent = 0;  // latent numbers that are the same for every training mesh
};

/// Writes into `out`:
///   coma.safetensors                         the model, when all epochs are done
///   checkpoint-000200.safetensors ...        a model and all that resuming needs; the newest few
///   settings.json, log.jsonl, validation.jsonl, loss.csv, loss.png
///
/// An epoch is a random order of the training meshes, cut into whole batches; the learning rate
/// falls by a factor per epoch. mean and deviation are of training and validation meshes, over n by
/// the authors' recipe and over n - 1 by the re-make's.
///
/// Errors   InputError when the folder holds another run or cannot be written, a checkpoint does
/// not
///          fit the settings or the data, or the loss explodes.
/// Repeat   the same settings and data give the same bits on one kind of device, for any number of
///          threads, and through any interruption and resumption.
ComaRunResult train_coma(const Context& ctx, const SequenceData& data, ComaSettings settings,
                         const ComaRunOptions& options, const std::atomic<bool>& stop);

}  // namespace fgcn::train
