// The training loop of the default preset.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>

#include "mesh/face/face_model.h"
#include "recon/refine/refinement_model.h"
#include "train/adam.h"
#include "train/losses.h"
#include "train/training_step.h"

namespace fgcn::train {

enum class Start { kFresh, kResume };

struct TrainingOptions {
  std::filesystem::path out;
  std::string preset = "default";
  std::uint64_t seed = 1;
  std::int64_t steps = 6000;
  std::int64_t batch = 4;
  DeviceChoice device;  // of the network and the optimiser; faces and light are the CPU's
  UseGraph graph = UseGraph::kYes;  // on a GPU
  int threads = 0;                  // of the network; 0: one a core
  int workers = 1;                  // threads that make faces
  double time_limit = 0;  // seconds; 0: none. The learning rate then falls by whichever is
                          // further on, the steps or the clock, so that it ends annealed
  std::int64_t checkpoint_every = 500;
  std::int64_t gain_faces = 6000;  // new faces that the albedo gain is fitted to; 0: none
  Start start = Start::kFresh;
  double peak_learning_rate = 1.5e-3;
  recon::RefinementConfig model;
  LossOptions loss;
  AdamOptions adam;
};

struct TrainingResult {
  std::int64_t steps = 0;  // done in all
  double seconds = 0;      // of this run
  bool finished = false;   // false: interrupted; the checkpoint holds what was reached
};

/// Trains on synthetic faces of the model, then fits the albedo gain (albedo_gain.h) to what the
/// trained network makes of new ones, and writes into `out`:
///   weights.safetensors     for inference: the running mean of the weights, in half precision
///   checkpoint.safetensors  all that resuming needs
///   log.jsonl, loss.csv, loss.png, samples.png
///
/// Errors   InputError when the folder cannot be written, or a checkpoint does not fit; fgcn::Error
///          naming the tensor when a gradient is not finite, on a GPU ten steps late at most (the
///          weights stay what they were).
/// Repeat   the same options give the same bits on one kind of device, for any numbers of threads,
///          and through any interruption and resumption, unless there is a time limit.
TrainingResult train(const mesh::FaceModel& face, const TrainingOptions& options,
                     const std::atomic<bool>& stop);

}  // namespace fgcn::train
