// Rows of an array beside operands that are repeated to its shape.
#pragma once

#include <cstdint>

#include "kernels/binary/binary_math.h"

namespace fgcn::kernels {

/// The common shape's axes with the strides of kCount operands. Neighbouring axes that all operands
/// walk alike are one, so that rows are long: a scalar beside an array is one row.
template <int kCount>
struct BroadcastAxes {
  std::int64_t size[Shape::kMaxRank] = {};  // of the axes before the last
  std::int64_t stride[kCount][Shape::kMaxRank] = {};
  int rank = 0;
  std::int64_t rows = 1;
  std::int64_t width = 1;           // of the last axis
  std::int64_t inner[kCount] = {};  // strides along it: 1, or 0 where the operand is repeated

  BroadcastAxes(const Shape& common, const Shape (&operands)[kCount]) {
    BroadcastStrides from[kCount];
    for (int k = 0; k < kCount; ++k) from[k] = broadcast_strides(operands[k], common);
    for (int axis = 0; axis < common.rank; ++axis) {
      if (common[axis] == 1) continue;
      bool joins = rank > 0;
      for (int k = 0; k < kCount && joins; ++k)
        joins = stride[k][rank - 1] == from[k].stride[axis] * common[axis];
      if (!joins) size[rank++] = 1;
      size[rank - 1] *= common[axis];
      for (int k = 0; k < kCount; ++k) stride[k][rank - 1] = from[k].stride[axis];
    }
    if (rank == 0) return;
    --rank;
    width = size[rank];
    for (int k = 0; k < kCount; ++k) inner[k] = stride[k][rank];
    for (int i = 0; i < rank; ++i) rows *= size[i];
  }
};

}  // namespace fgcn::kernels
