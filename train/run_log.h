// What a training run leaves to look at: a line of JSON now and then, a table, a curve.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <vector>

#include "render/image.h"

namespace fgcn::train {

/// Means since the entry before.
struct LogEntry {
  std::int64_t step = 0;  // steps done
  double loss = 0;
  double albedo = 0;
  double photo = 0;
  double rate = 0;            // learning rate
  double faces_a_second = 0;  // not compared by anything: it differs from run to run
};

/// Appends to DIR/log.jsonl; InputError when it cannot be written. On resuming, entries after the
/// step resumed from are dropped first.
class RunLog {
 public:
  RunLog(const std::filesystem::path& folder, std::int64_t resumed_step);

  void add(const LogEntry& entry);
  const std::vector<LogEntry>& entries() const { return entries_; }
  /// DIR/loss.csv and DIR/loss.png.
  void write_curves() const;

 private:
  std::filesystem::path folder_;
  std::ofstream file_;
  std::vector<LogEntry> entries_;
};

/// The entries' total (dark), albedo (orange) and photo (blue) losses over the steps, each also
/// smoothed; the vertical axis is logarithmic with a line at every 1, 2 and 5.
Image8 loss_curve(const std::vector<LogEntry>& entries);

}  // namespace fgcn::train
