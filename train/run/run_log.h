// Logs of a training run: a line of JSON now and then, a table, a curve.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/image.h"

namespace fgcn::train {

/// How a column is drawn: its entries faint, their running mean strong.
struct CurveColors {
  std::array<std::uint8_t, 3> faint{}, strong{};
};

enum class InTable { kNo, kYes };

struct LogColumn {
  std::string name;
  std::optional<CurveColors> curve;  // none: not drawn
  InTable in_table = InTable::kYes;
};

/// Means since the entry before, or what else a run measures.
struct LogEntry {
  std::int64_t step = 0;       // steps done
  std::vector<double> values;  // one per column
};

/// Appends to DIR/NAME.jsonl; InputError when it cannot be written. On resuming, entries after the
/// step resumed from are dropped first.
class RunLog {
 public:
  RunLog(const std::filesystem::path& folder, const std::string& name,
         std::vector<LogColumn> columns, std::int64_t resumed_step);

  void add(LogEntry entry);
  /// Puts what was added on the disk, so that a checkpoint that is written after it never knows of
  /// more steps than the log when the power goes.
  void flush_to_disk() const;
  const std::vector<LogEntry>& entries() const { return entries_; }
  /// DIR/loss.csv and DIR/loss.png.
  void write_curves() const;

 private:
  std::string line(const LogEntry& entry) const;
  void read_entries(std::int64_t last_step);

  std::filesystem::path folder_, path_;
  std::vector<LogColumn> columns_;
  std::ofstream file_;
  std::vector<LogEntry> entries_;
};

/// The entries' drawn columns over the steps, by name, each also as a running mean, which is
/// shorter in short runs; the vertical axis is logarithmic with a line and its number at every 1, 2
/// and 5. Values that are not positive are left out.
Image8 loss_curve(std::span<const LogColumn> columns, const std::vector<LogEntry>& entries);

}  // namespace fgcn::train
