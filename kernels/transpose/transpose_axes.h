// Axes of a transposition, as CPU and GPU walk them.
#pragma once

#include "kernels/transpose/transpose.h"

namespace fgcn::kernels {

/// An axis with its strides.
struct TransposeAxis {
  std::int64_t size, x_step, y_step;
};

/// y's axes. Those that stay neighbours are one, those of size 1 none.
struct TransposeAxes {
  TransposeAxis axis[Shape::kMaxRank];
  int rank = 0;

  TransposeAxes(const Shape& x, const AxisOrder& axes) {
    std::int64_t step[Shape::kMaxRank], running = 1;
    for (int i = x.rank - 1; i >= 0; --i) {
      step[i] = running;
      running *= x[i];
    }
    for (int i = 0; i < axes.rank; ++i) {
      const TransposeAxis next{x[axes.order[i]], step[axes.order[i]], 0};
      if (next.size == 1) continue;
      if (rank > 0 && axis[rank - 1].x_step == next.size * next.x_step) {
        axis[rank - 1] = {axis[rank - 1].size * next.size, next.x_step, 0};
      } else {
        axis[rank++] = next;
      }
    }
    running = 1;
    for (int i = rank - 1; i >= 0; --i) {
      axis[i].y_step = running;
      running *= axis[i].size;
    }
  }

  /// The axis that is contiguous in x; `rank` where there is none (a single element).
  int fast() const {
    int i = 0;
    while (i < rank && axis[i].x_step != 1) ++i;
    return i;
  }
};

}  // namespace fgcn::kernels
