// From an operator's one entry, after its checks, to the implementation of the context's device.
#pragma once

#include "kernels/core/context.h"
#include "kernels/core/error.h"
#include "kernels/core/view.h"

/// Declares the operator once a device. The GPU ones are weak: a program links the devices it has.
#define FGCN_BACKENDS(...)           \
  namespace cpu {                    \
  __VA_ARGS__;                       \
  }                                  \
  namespace cuda {                   \
  __attribute__((weak)) __VA_ARGS__; \
  }                                  \
  namespace emulated {               \
  __attribute__((weak)) __VA_ARGS__; \
  }

/// Calls cpu::op, cuda::op or emulated::op with the context and the arguments.
#define FGCN_DISPATCH(ctx, op, ...)                                                        \
  do {                                                                                     \
    switch ((ctx).device()) {                                                              \
      case ::fgcn::Device::kCpu:                                                           \
        cpu::op(ctx, __VA_ARGS__);                                                         \
        break;                                                                             \
      case ::fgcn::Device::kCuda:                                                          \
        if (cuda::op == nullptr)                                                           \
          throw ::fgcn::MissingBackend(#op " has no CUDA implementation in this program"); \
        cuda::op(ctx, __VA_ARGS__);                                                        \
        break;                                                                             \
      case ::fgcn::Device::kEmulated:                                                      \
        if (emulated::op == nullptr)                                                       \
          throw ::fgcn::MissingBackend(#op " has no CUDA source for the emulator");        \
        emulated::op(ctx, __VA_ARGS__);                                                    \
        break;                                                                             \
    }                                                                                      \
  } while (false)
