// Training of the mesh autoencoder.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kernels/core/context.h"
#include "train/coma/coma_model.h"
#include "train/coma/coma_settings.h"
#include "train/coma/sequence_data.h"

namespace fgcn::train {

struct ComaRunOptions {
  std::filesystem::path out;
  std::filesystem::path cache;        // of hierarchies; empty: none
  std::optional<std::string> split;   // "sliced"; of a resumed run: its own
  std::optional<double> millimetres;  // per unit of the meshes: 1000; of a resumed run: its own
  bool resume = false;
  /// Names of the settings that were asked for. A resumed run has all others from its checkpoint.
  std::vector<std::string> given;
  std::function<void(const SequenceSplit&)> begins;  // is told what the run learns from; or empty
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
/// falls by a factor per epoch. A resumed run goes on with its own settings, split and unit: one
/// that is asked for and differs is refused by name, unless it may (OnResume::kFree). mean and
/// deviation are of training and validation meshes, over n by the authors' recipe and over n - 1 by
/// the re-make's.
///
/// Errors   InputError when the folder holds another run or cannot be written, a checkpoint does
/// not
///          fit the settings or the data, or the loss explodes.
/// Repeat   the same settings and data give the same bits on one kind of device, for any number of
///          threads, and through any interruption and resumption.
ComaRunResult train_coma(const Context& ctx, const SequenceData& data, ComaSettings settings,
                         const ComaRunOptions& options, const std::atomic<bool>& stop);

}  // namespace fgcn::train
