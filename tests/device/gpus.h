// The devices that are not the CPU.
#pragma once

#include <doctest/doctest.h>

#include <functional>

#include "kernels/core/context.h"

namespace fgcn::test {

/// Runs the body on the emulated device, with memory that the host cannot touch; there too in this
/// many random orders of threads; and on CUDA where there is a device.
inline void on_every_gpu(const std::function<void(const Context&)>& body, int random_orders = 0) {
  body(Context(Device::kEmulated, 2, /*ordinal=*/-1));
  for (int order = 1; order <= random_orders; ++order) {
    CAPTURE(order);
    body(Context(Device::kEmulated, 2, order));
  }
  if (available(Device::kCuda)) body(Context(Device::kCuda, 2));
}

}  // namespace fgcn::test
