// What every program's main does around its work.
#pragma once

#include <cstdio>
#include <exception>
#include <functional>

#include "kernels/core/error.h"

namespace fgcn {

/// Runs the program; its exit code: what `body` returns (0 done, 2 an input was wrong), 2 with one
/// line on stderr for an InputError, 1 for anything else, which is a bug.
inline int run_app(const char* program, const std::function<int()>& body) {
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

}  // namespace fgcn
