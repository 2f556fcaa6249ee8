// What a run on photographs says while it goes on: logs, curves, events, the sheet of samples.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "io/safetensors.h"
#include "train/evaluate/photo_validation.h"
#include "train/photo_settings.h"
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

/// The losses that the log of a run of these settings has, "total" first.
std::vector<std::string> run_losses(const PhotoSettings& settings);

/// What a line of the log says beside the losses.
struct StepFigures {
  std::int64_t step = 0;
  std::int64_t epoch = 0;
  double learning_rate = 0;
  double images_a_second = 0;
};

class PhotoReport {
 public:
  /// `resumed_step`: 0 for a new run; what was logged of later ones is dropped.
  PhotoReport(const std::filesystem::path& folder, std::vector<std::string> losses,
              std::int64_t resumed_step);

  /// Returns what a progress line shows of it.
  std::string log(const StepFigures& figures, const std::vector<double>& losses);
  void log_validation(std::int64_t step, const PhotoScore& score,
                      const std::vector<double>& losses);
  void show(std::int64_t step, const Image8& sheet);
  void write_curves() const;

 private:
  std::filesystem::path folder_;
  std::vector<std::string> losses_;
  RunLog log_, validation_;
  EventFile events_;
};

/// Memory of the process that is in use now, in MiB, without what a mapped file takes, which the
/// system takes back when it needs it; 0 where it does not say.
double own_mebibytes();

}  // namespace fgcn::train
