// How long idle threads look for work before they sleep.
#pragma once

#include <unistd.h>

#include <cstdlib>

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
  // Without a call that throws: nothing catches it here.
  char program[4096] = {};
  const ssize_t length = ::readlink("/proc/self/exe", program, sizeof program - 1);
  if (length <= 0 || length == sizeof program - 1) return;
  if (::setenv("GOMP_SPINCOUNT", kSpins, 1) == 0) ::execv(program, argv);
}

}  // namespace fgcn
