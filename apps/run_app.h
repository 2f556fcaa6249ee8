// The frame of every program's main.
#pragma once

#include <omp.h>

#include <cstdio>
#include <exception>
#include <functional>
#include <string>

#include "apps/short_waits.h"
#include "kernels/core/context.h"
#include "kernels/core/error.h"

namespace fgcn {

/// Runs the program; its exit code: what `body` returns (0 done, 2 an input was wrong), 2 with one
/// line on stderr for an InputError, 1 for anything else, which is a bug.
inline int run_app(const char* program, char** argv, const std::function<int()>& body) {
  keep_waits_short(argv);
  try {
    return body();
  } catch (const InputError& error) {
    std::fprintf(stderr, "%s: %s\n", program, error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: internal error: %s\n", program, error.what());
    return 1;
  }
}

/// The device that a --device option names (choose_device), with the threads of a --threads option
/// for what the CPU does, 0: one per core. Contexts made later, and loops that need none, take as
/// many.
inline Context app_context(const std::string& device, int threads) {
  if (threads > 0) omp_set_num_threads(threads);
  return Context(choose_device(device), threads);
}

}  // namespace fgcn
