// Measuring for fgcn_bench: medians, and what a figure is a share of.
#pragma once

#include <time.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace fgcn::bench {

inline double seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Of one thing that was run several times.
struct Timing {
  double wall_ms;  // median
  double best_ms;  // least wall time
  double cpu_ms;   // median of processor time, all threads: steadier on a busy machine
};

inline Timing measure(int repeats, const std::function<void()>& body) {
  body();  // pages, caches and the memory pool
  std::vector<double> wall, cpu;
  for (int i = 0; i < repeats; ++i) {
    const double wall_begin = seconds(CLOCK_MONOTONIC);
    const double cpu_begin = seconds(CLOCK_PROCESS_CPUTIME_ID);
    body();
    cpu.push_back(1e3 * (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_begin));
    wall.push_back(1e3 * (seconds(CLOCK_MONOTONIC) - wall_begin));
  }
  std::sort(wall.begin(), wall.end());
  std::sort(cpu.begin(), cpu.end());
  return {wall[wall.size() / 2], wall.front(), cpu[cpu.size() / 2]};
}

/// A line of the report.
struct Result {
  std::string name;
  Timing timing;
  double flops = 0;       // 0: not a matter of arithmetic
  double bytes = 0;       // that must move: every input once, every output once
  double peak_bytes = 0;  // of the context's memory, above what was held before; 0: not measured
};

}  // namespace fgcn::bench
