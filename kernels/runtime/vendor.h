// Files that call NVIDIA's libraries include this before NVIDIA's headers. They are built twice, as
// the .cu files are: for a GPU, and for the emulated device with host versions of the same calls.
#pragma once

#include <cstdint>
#include <limits>

#include "kernels/core/context.h"
#include "kernels/core/error.h"

#ifdef FGCN_EMULATED
#include "kernels/simt/vendor/names.h"
#define FGCN_GPU_NAMESPACE emulated
#else
#define FGCN_GPU_NAMESPACE cuda
#endif

namespace fgcn {

/// A size for a library that counts in int; Error naming `op` when it is too large.
inline int vendor_size(const char* op, std::int64_t size) {
  FGCN_CHECK(size >= 0 && size <= std::numeric_limits<int>::max(), op, ": a size of ", size,
             " is beyond the library's integers");
  return static_cast<int>(size);
}

}  // namespace fgcn
