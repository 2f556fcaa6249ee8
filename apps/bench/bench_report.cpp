#include "apps/bench/bench_report.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "io/file.h"

namespace fgcn::bench {
namespace {

std::string name(const Work& work) {
  std::string out = work.subject;
  if (!work.variant.empty()) out += " " + work.variant;
  if (!work.pass.empty()) out += ", " + work.pass;
  return out;
}

/// A column of the table; blank where there is no figure.
void print_cell(const char* format, double value) {
  if (value > 0) {
    std::printf(format, value);
  } else {
    std::printf("%10s", "");
  }
}

}  // namespace

void Report::time(const Work& work, const std::function<void()>& prepare,
                  const std::function<void()>& body) {
  ctx_.runtime().reset_peak();
  const auto before = static_cast<double>(ctx_.runtime().bytes_in_use());
  // A GPU's work goes on after the call that starts it.
  const auto finished = [this](const std::function<void()>& part) {
    return [this, &part] {
      part();
      ctx_.synchronize();
    };
  };
  Row row{work, measure(repeats_, finished(prepare), finished(body)), 0};
  row.peak_bytes = static_cast<double>(ctx_.runtime().bytes_peak()) - before;
  add(row);
}

void Report::add(const Row& row) {
  const Timing& t = row.timing;
  if (rows_.empty())
    std::printf("%-56s%10s%10s%10s%10s%10s%10s%10s\n", "", "wall ms", "best ms", "cpu ms",
                "GFLOP/s", "GB/s", "MB moved", "MB peak");
  std::printf("%-56s", name(row.work).c_str());
  print_cell("%10.3f", t.wall_ms);
  print_cell("%10.3f", t.best_ms);
  print_cell("%10.3f", t.cpu_ms);
  print_cell("%10.1f", row.work.flops / t.wall_ms * 1e-6);
  print_cell("%10.1f", row.work.bytes / t.wall_ms * 1e-6);
  print_cell("%10.2f", row.work.bytes * 1e-6);
  print_cell("%10.2f", row.peak_bytes * 1e-6);
  std::printf("\n");
  std::fflush(stdout);
  rows_.push_back(row);
}

void Report::write_json(const std::filesystem::path& path) const {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const Row& r : rows_) {
    all.push_back({{"name", name(r.work)},
                   {"subject", r.work.subject},
                   {"variant", r.work.variant},
                   {"pass", r.work.pass},
                   {"wall_ms", r.timing.wall_ms},
                   {"best_ms", r.timing.best_ms},
                   {"cpu_ms", r.timing.cpu_ms},
                   {"flops", r.work.flops},
                   {"bytes", r.work.bytes},
                   {"peak_bytes", r.peak_bytes},
                   {"threads", ctx_.threads()}});
  }
  write_file(path, all.dump(2) + "\n");
}

}  // namespace fgcn::bench
