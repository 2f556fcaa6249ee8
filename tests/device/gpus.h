// The devices that are not the CPU.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "kernels/core/context.h"
#include "tests/support/emulated_libraries.h"

namespace fgcn::test {

/// Orders of the emulated device: memory that the host cannot touch; and that with all work done as
/// late as the host lets it.
inline constexpr int kGuarded = -1, kLazy = -2;

struct Where {
  std::vector<std::string> needs;  // libraries that the emulated device must have
  int random_orders = 0;           // of threads
};

/// A device whose commands and waits a test counts: the emulated one in that order, or, in programs
/// without it, the first GPU, which is a simulated one there (tests/ptx).
inline Context counted_device(int order = 0) {
  return available(Device::kEmulated) ? Context(Device::kEmulated, 2, order)
                                      : Context(Device::kCuda, 2);
}
/// Programs without the emulated device are those on the PTX simulator, which takes a while for
/// much work: a real GPU's tests leave nothing out.
inline bool gpu_is_simulated() { return !available(Device::kEmulated); }
/// False, with a message, when counted_device() cannot run what needs these libraries.
inline bool can_count(const std::vector<std::string>& needs) {
  return std::all_of(needs.begin(), needs.end(), emulated_library);
}

/// Runs the body on the emulated device, guarded, lazily, and in random orders of threads; and on
/// CUDA where there is a device.
inline void on_every_gpu(const std::function<void(const Context&)>& body, const Where& where = {}) {
  const bool has_libraries = can_count(where.needs);
  if (available(Device::kEmulated) && has_libraries) {
    for (const int order : {kGuarded, kLazy}) {
      CAPTURE(order);
      body(Context(Device::kEmulated, 2, order));
    }
    for (int order = 1; order <= where.random_orders; ++order) {
      CAPTURE(order);
      body(Context(Device::kEmulated, 2, order));
    }
  }
  if (available(Device::kCuda) && (has_libraries || !gpu_is_simulated()))
    body(Context(Device::kCuda, 2));
}

}  // namespace fgcn::test
