// How long idle threads look for work before they sleep.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace fgcn {

/// Lets OpenMP's threads sleep soon after a parallel loop. GNU's wait some milliseconds, busily;
/// beside other work they then take the processor from the very threads they wait for, and a fit
/// takes ten times as long (docs/results/performance.md).
///
/// The library reads its environment before main and before anything of ours can change it, so the
/// program starts itself once more with GOMP_SPINCOUNT set: 7 ms. Where that fails it goes on as it
/// is. Nothing happens when the user has said how to wait (OMP_WAIT_POLICY or GOMP_SPINCOUNT).
inline void keep_waits_short(char** argv) {
  // Some microseconds, longer than most gaps between the loops of one step. With 0 a fit on a quiet
  // machine takes half as long again; from 1,000 on it suffers on a busy one.
  constexpr const char* kSpins = "300";
  if (std::getenv("OMP_WAIT_POLICY") != nullptr || std::getenv("GOMP_SPINCOUNT") != nullptr) return;
  // By its own name: as /proc/self/exe it would be listed as "exe".
  std::error_code failed;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", failed);
  if (failed || ::setenv("GOMP_SPINCOUNT", kSpins, 1) != 0) return;
  ::execv(program.c_str(), argv);
}

}  // namespace fgcn
