// Measuring for fgcn_bench: medians of wall and processor time.
#pragma once

#include <time.h>

#include <algorithm>
#include <functional>
#include <vector>

namespace fgcn::bench {

inline double seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Times of one thing that was run several times.
struct Timing {
  double wall_ms = 0;  // median
  double best_ms = 0;  // least wall time
  double cpu_ms = 0;   // median of processor time, all threads: steadier on a busy machine
};

/// From samples in milliseconds; `cpu` may be empty.
inline Timing timing(std::vector<double> wall, std::vector<double> cpu) {
  std::sort(wall.begin(), wall.end());
  std::sort(cpu.begin(), cpu.end());
  return {wall[wall.size() / 2], wall.front(), cpu.empty() ? 0 : cpu[cpu.size() / 2]};
}

/// Runs `prepare`, which is not timed, and `body`, which is, once more than `repeats`: the first
/// time warms pages, caches and the memory pool.
inline Timing measure(int repeats, const std::function<void()>& prepare,
                      const std::function<void()>& body) {
  std::vector<double> wall, cpu;
  for (int i = 0; i <= repeats; ++i) {
    prepare();
    const double wall_begin = seconds(CLOCK_MONOTONIC);
    const double cpu_begin = seconds(CLOCK_PROCESS_CPUTIME_ID);
    body();
    const double cpu_end = seconds(CLOCK_PROCESS_CPUTIME_ID);
    const double wall_end = seconds(CLOCK_MONOTONIC);
    if (i == 0) continue;
    cpu.push_back(1e3 * (cpu_end - cpu_begin));
    wall.push_back(1e3 * (wall_end - wall_begin));
  }
  return timing(std::move(wall), std::move(cpu));
}

}  // namespace fgcn::bench
