// How parts of an array lie in it.
#pragma once

#include "kernels/slice/slice.h"

namespace fgcn::kernels {

/// An array's axes before one of them as rows, that axis and those behind it as their elements.
struct SliceRows {
  std::int64_t rows = 1, width;  // of the whole
  std::int64_t inner = 1;        // elements of the row to one of the axis

  SliceRows(const Shape& whole, int axis) {
    for (int i = 0; i < axis; ++i) rows *= whole[i];
    for (int i = axis + 1; i < whole.rank; ++i) inner *= whole[i];
    width = whole[axis] * inner;
  }
};

}  // namespace fgcn::kernels
