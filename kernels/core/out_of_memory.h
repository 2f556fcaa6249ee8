// Too little memory on a device.
#pragma once

#include "kernels/core/error.h"

namespace fgcn {

/// Smaller work may fit. The CPU's runtime throws std::bad_alloc.
class OutOfMemory : public Error {
 public:
  using Error::Error;
};

}  // namespace fgcn
