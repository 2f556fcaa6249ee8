// A computation that lost its numbers.
#pragma once

#include "kernels/core/error.h"

namespace fgcn {

/// A loss, a gradient or a weight became infinite or NaN, or larger than its storage: training
/// diverged. What was computed with is a broken contract no less, hence an Error; a trainer,
/// though, can say which checkpoint is still good.
class NotFinite : public Error {
 public:
  using Error::Error;
};

}  // namespace fgcn
