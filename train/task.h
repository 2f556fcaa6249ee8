// A task that a training run learns: where its batches come from, what a step minimises, how it is
// measured.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/arrays/safetensors.h"
#include "io/image.h"
#include "kernels/core/context.h"
#include "kernels/runtime/repeated_work.h"
#include "mesh/face/face_model.h"
#include "recon/refine/refinement_model.h"
#include "train/adam.h"
#include "train/unread_losses.h"

namespace fgcn::train {

/// The parts of a run that learn; they outlive its task.
struct Learner {
  Context ctx;
  const mesh::FaceModel& face;
  recon::RefinementModel& model;
  Adam& adam;
  UseGraph graph = UseGraph::kNo;
  int workers = 1;  // threads that prepare batches
};

/// A measurement of the network, with the running mean of the weights in place.
struct Validation {
  std::vector<double> values;   // by Task::validation_columns()
  std::optional<double> error;  // the run's best weights have the least; none: no weights are best
  std::optional<Image8> sheet;  // for samples.png
  std::string line;             // for people; empty: nothing to say
};

/// train_loop.h calls one task from one thread.
///
/// Repeat   A step depends on its index, the weights and load() alone: bitwise the same for any
///          numbers of threads and workers, and through save() and load().
class Task {
 public:
  static constexpr std::int64_t kMostUnread = UnreadLosses::kMost;  // steps

  Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  virtual ~Task() = default;

  /// Names of all losses that a step may have, "total" first.
  virtual std::vector<std::string> losses() const = 0;
  /// Names of Validation::values; empty: there are none.
  virtual std::vector<std::string> validation_columns() const { return {}; }
  /// Epochs begun before step `index`; none: the task has no epochs.
  virtual std::optional<std::int64_t> epoch(std::int64_t /*index*/) const { return std::nullopt; }

  /// Updates of the optimiser in one step.
  virtual std::int64_t updates_per_step() const { return 1; }
  /// Learning rate of step `index`. `clock`: part of the time limit that has passed, 0 without one.
  virtual double learning_rate(std::int64_t index, double clock) const = 0;
  /// Takes the next batch and learns from it. Steps come in order, from any first one on.
  virtual void step(std::int64_t index, double learning_rate) = 0;
  /// Losses of the steps since the last call, in order, "total" first; waits for the device.
  /// NotFinite naming the loss, or the tensor, when one or a gradient was not finite. The loop
  /// calls it after kMostUnread steps at the latest.
  virtual std::vector<std::vector<NamedLoss>> read_losses() = 0;
  /// The network's input in the last step, on its device; there was one.
  virtual recon::RefinementBatch last_batch() const = 0;
  /// Ends the threads that prepare batches; a later step starts them again.
  virtual void rest() = 0;

  /// Measures after so many steps; nothing when there is nothing to measure on.
  virtual std::optional<Validation> validate(std::int64_t steps_done) = 0;

  /// State beside model and optimiser. load(): InputError naming `where` when it does not fit.
  virtual void save(io::Safetensors& /*file*/) const {}
  virtual void load(const io::Safetensors& /*file*/, const std::string& /*where*/) {}
};

}  // namespace fgcn::train
