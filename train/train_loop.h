// The training loop: one for every task.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mesh/face/face_model.h"
#include "train/run_settings.h"
#include "train/task.h"

namespace fgcn::train {

enum class Start { kFresh, kResume };

/// How a run runs: nothing here but `init` changes its bits on one kind of device.
struct RunOptions {
  std::filesystem::path out;
  DeviceChoice device;    // of network and optimiser
  int threads = 0;        // of the network; 0: one per core
  int workers = 1;        // threads that prepare batches
  double time_limit = 0;  // seconds of this start; 0: none
  Start start = Start::kFresh;
  std::optional<std::filesystem::path> init;  // weights to begin from; none: random ones
  UseGraph graph = UseGraph::kYes;            // on a GPU
};

/// Behavior at the time limit.
enum class TimeLimit {
  kStops,    // the run stops, and can be resumed
  kFinishes  // the learning rate has fallen by the clock, and the run is finished
};
/// Which weights the albedo gain is fitted to.
enum class GainOf {
  kModel,  // those in memory, in single precision: weights.safetensors
  kFiles   // those in half precision: weights.safetensors and best.safetensors
};

/// A run before it starts.
struct RunPlan {
  const RunSettings* settings = nullptr;  // outlives the run
  std::vector<Setting> named;             // all settings of the task, bound to them
  std::string task;                       // "photos" or "synthetic faces"
  std::int64_t steps = 0;
  bool steps_decide = false;   // the learning rate goes by the number of steps
  std::string data, identity;  // fingerprints
  TimeLimit at_limit = TimeLimit::kStops;
  GainOf gain = GainOf::kModel;
  std::function<std::unique_ptr<Task>(const Learner&)> make_task;
};

enum class TrainingEnd { kFinished, kInterrupted, kTimeUp };

struct TrainingResult {
  std::int64_t steps = 0;  // done in all
  double seconds = 0;      // of this start
  TrainingEnd end = TrainingEnd::kFinished;
  std::vector<std::string> silent = {};  // layers that passed no gradient when last looked at
  std::vector<std::string> silent_in_init = {};  // that passed none at the first step of `init`
};

/// Learns a task, validates, fits the albedo gain (gain_fit.h) when all steps are done, and writes
/// into `out`:
///   settings.json                           all settings, for people
///   checkpoint-000500.safetensors ...       all that resuming needs; the newest few
///   weights.safetensors                     for inference: the running mean of the weights, in
///   half
///                                           precision, of the last checkpoint
///   best.safetensors                        the same of the validation with the least error
///   log.jsonl, validation.jsonl             a line now and then
///   layers.jsonl                            which layers still learn (layer_life.h)
///   loss.csv, loss.png, samples.png         the log as a table and as curves; faces refined
///   events.out.tfevents.*                   logs and pictures for TensorBoard, a file per start
///
/// Errors   InputError when the folder holds another run or cannot be written, a checkpoint or
///          weights do not fit (naming the setting), and, with the step and the checkpoint to go
///          back to, when the loss explodes or something is not finite: on the CPU at once, on a
///          GPU when losses are next asked for, log_every steps late at most.
/// Repeat   the same settings and data give the same bits on one kind of device, for any numbers of
///          threads and workers, with and without graphs, and through any interruption and
///          resumption, unless there is TimeLimit::kFinishes; speed and memory in the log and times
///          in event files apart.
TrainingResult train(const mesh::FaceModel& face, const RunPlan& plan, const RunOptions& options,
                     const std::atomic<bool>& stop);

}  // namespace fgcn::train
