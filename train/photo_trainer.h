// The training loop on photographs.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "layers/identity_network.h"
#include "mesh/face/face_model.h"
#include "train/dataset/photo_source.h"
#include "train/photo_settings.h"
#include "train/trainer.h"

namespace fgcn::train {

/// The identity network of a run, where it has one.
struct RunIdentity {
  const IdentityNetwork* network = nullptr;
  std::string fingerprint;  // of its weights
};

struct PhotoTrainingOptions {
  std::filesystem::path out;
  PhotoSettings settings;
  DeviceChoice device;
  int threads = 0;        // of the network; 0: one a core
  int workers = 1;        // threads that read and vary photos
  double time_limit = 0;  // seconds of this start; 0: none
  Start start = Start::kFresh;
  std::optional<std::filesystem::path> init;  // weights to begin from; none: random ones
  UseGraph graph = UseGraph::kYes;            // on a GPU
};

enum class TrainingEnd { kFinished, kInterrupted, kTimeUp };

struct PhotoTrainingResult {
  std::int64_t steps = 0;  // done in all
  double seconds = 0;      // of this start
  TrainingEnd end = TrainingEnd::kFinished;
};

/// Learns from the photos of the training split, measures on the validation split, and writes into
/// `out`:
///   settings.json                           all settings, for people
///   checkpoint-000500.safetensors ...       all that resuming needs; the newest few
///   weights.safetensors, best.safetensors   for inference, half precision: of the last checkpoint,
///                                           and of the validation with the least L1
///   log.jsonl, validation.jsonl             a line now and then
///   loss.csv, loss.png, samples.png         the log as a table and as curves; photos refined
///   events.out.tfevents.*                   the same for TensorBoard, a file every start
///
/// The rate is rate * learning_rate_decay^e * f; e counts the epochs begun, of the steps or, with
/// learning_rate_counts_critic, of the steps and the critic's together; f falls as half a cosine
/// from 1 at the first step to learning_rate_end at the last. The losses' schedule goes by whole
/// epochs of the steps.
///
/// Errors   InputError when the folder holds another run or cannot be written, a checkpoint or
///          weights do not fit (naming the setting), and, with the step and the checkpoint to go
///          back to, when the loss explodes or something is not finite: on the CPU at once, on a
///          GPU when losses are next asked for, log_every steps late at most.
/// Repeat   the same settings and photos give the same bits on one kind of device, for any numbers
///          of threads, with and without graphs, and through any interruption and resumption; speed
///          and memory in the log and times in event files apart.
PhotoTrainingResult train_on_photos(const mesh::FaceModel& face, const PhotoSource& source,
                                    const RunIdentity& identity,
                                    const PhotoTrainingOptions& options,
                                    const std::atomic<bool>& stop);

}  // namespace fgcn::train
