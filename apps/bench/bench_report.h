// The rows that fgcn_bench prints and writes.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "apps/bench/bench_timer.h"
#include "kernels/core/context.h"

namespace fgcn::bench {

/// A timed piece of work, and how much of it there is to do.
struct Work {
  std::string subject;  // operator, "generator", "identity" or "recon"
  std::string variant;  // size or function, may be empty
  std::string pass;     // "forward", "backward", "step" or a stage
  double flops = 0;  // additions, multiplications, divisions, functions: one each. 0: not counted
  double bytes = 0;  // that must move: every input once, every output once. 0: not counted
};

/// A line of the report.
struct Row {
  Work work;
  Timing timing;
  double peak_bytes = 0;  // of the context's memory, above what was held before; 0: not measured
};

/// Times, prints as it goes, and keeps the rows. A derived one may look at the work in another way.
class Report {
 public:
  Report(const Context& ctx, int repeats) : ctx_(ctx), repeats_(repeats) {}
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;
  virtual ~Report() = default;

  int repeats() const { return repeats_; }
  void time(const Work& work, const std::function<void()>& body) {
    time(
        work, [] {}, body);
  }
  /// `prepare` runs before each sample, outside the time.
  virtual void time(const Work& work, const std::function<void()>& prepare,
                    const std::function<void()>& body);
  /// A row that was timed elsewhere.
  void add(const Row& row);
  /// Errors   InputError when the file cannot be written.
  void write_json(const std::filesystem::path& path) const;

 private:
  Context ctx_;
  int repeats_;
  std::vector<Row> rows_;
};

}  // namespace fgcn::bench
