// The devices that are not the CPU.
#pragma once

#include <doctest/doctest.h>

#include <functional>

#include "kernels/core/context.h"

namespace fgcn::test {

/// Runs the body on the emulated device in these thread orders, and on CUDA where there is a
/// device.
inline void on_every_gpu(const std::function<void(const Context&)>& body, int orders = 1) {
  for (int order = 0; order < orders; ++order) {
    CAPTURE(order);
    body(Context(Device::kEmulated, 2, order));
  }
  if (available(Device::kCuda)) body(Context(Device::kCuda, 2));
}

}  // namespace fgcn::test
