// Taped parts of arrays: slice and pad, each the other's adjoint, and concatenation.
#pragma once

#include "autograd/tape.h"

namespace fgcn::ops {

struct SliceOptions {
  int axis = 0;
  std::int64_t begin = 0;
  std::int64_t size = 0;
};

struct PadOptions {
  int axis = 0;
  std::int64_t before = 0;
  std::int64_t after = 0;
};

/// x[.., begin : begin + size, ..]. Order: any.
Var slice(const Var& x, const SliceOptions& options);
/// x between zeros. Order: any.
Var pad(const Var& x, const PadOptions& options);
/// One behind the other along an axis; the other axes agree. Order: any.
Var concat(const Vars& parts, int axis);

}  // namespace fgcn::ops
