// The traces of a run: logs, curves, events, the sheet of samples.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "io/arrays/safetensors.h"
#include "io/image.h"
#include "train/loss_terms.h"
#include "train/run/event_file.h"
#include "train/run/run_log.h"

namespace fgcn::train {

/// Means of named losses over some steps; a loss that a step does not have does not count there.
class LossMeans {
 public:
  explicit LossMeans(std::vector<std::string> names);

  void add(const std::vector<NamedLoss>& losses);
  /// One a name; not a number where there was none.
  std::vector<double> take();

  /// Sums and counts, so that a resumed run's next means are those of one that never stopped.
  void save(io::Safetensors& file) const;
  void load(const io::Safetensors& file, const std::string& where);

 private:
  std::vector<std::string> names_;
  std::vector<double> sums_, counts_;
};

/// The names of what a run logs.
struct ReportColumns {
  std::vector<std::string> losses;
  bool epochs = false;                  // whether the run has epochs
  std::vector<std::string> validation;  // empty: no validation.jsonl
  std::vector<std::string> layers;      // of layers.jsonl (layer_life.h)
};

/// Beside the losses in a line of the log.
struct StepFigures {
  std::int64_t step = 0;
  std::optional<std::int64_t> epoch;
  double learning_rate = 0;
  double images_per_second = 0;
};

class Report {
 public:
  /// `resumed_step`: 0 for a new run; what was logged of later ones is dropped.
  Report(const std::filesystem::path& folder, ReportColumns columns, std::int64_t resumed_step);

  /// Returns the note of a progress bar.
  std::string log(const StepFigures& figures, const std::vector<double>& losses);
  void log_validation(std::int64_t step, const std::vector<double>& values);
  void log_layers(std::int64_t step, const std::vector<double>& values);
  /// The values of the last line of layers.jsonl; none: it is empty.
  std::vector<double> last_layers() const;
  void show(std::int64_t step, const Image8& sheet);
  /// Before a checkpoint: the logs are on the disk.
  void flush_to_disk() const;
  void write_curves() const;

 private:
  std::filesystem::path folder_;
  ReportColumns columns_;
  RunLog log_;
  std::optional<RunLog> validation_;
  RunLog layers_;
  EventFile events_;
};

/// Memory of the process that is in use now, in MiB, without what a mapped file takes, which the
/// system takes back when it needs it; 0 where it does not say.
double own_mebibytes();

}  // namespace fgcn::train
