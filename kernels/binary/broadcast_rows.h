// Walking an array row by row beside operands that are repeated to its shape (CPU).
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/binary/binary_math.h"
#include "kernels/core/context.h"

namespace fgcn::kernels::cpu {

/// The common shape's axes with the strides of kCount operands. Neighbouring axes that all operands
/// walk alike are one, so that rows are long: a scalar beside an array is one row.
template <int kCount>
struct BroadcastRows {
  std::int64_t size[Shape::kMaxRank] = {};  // of the axes before the last
  std::int64_t stride[kCount][Shape::kMaxRank] = {};
  int rank = 0;
  std::int64_t rows = 1;
  std::int64_t width = 1;           // of the last axis
  std::int64_t inner[kCount] = {};  // strides along it: 1, or 0 where the operand is repeated

  BroadcastRows(const Shape& common, const Shape (&operands)[kCount]) {
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

  /// Calls body(row, offsets of the row's start in the operands) for each row.
  template <class Body>
  void for_each(const Context& ctx, const Body& body) const {
    const std::int64_t chunk = std::max<std::int64_t>(1, 4096 / std::max<std::int64_t>(width, 1));
    const int threads = rows * width < 16384 ? 1 : ctx.threads();
#pragma omp parallel for num_threads(threads)
    for (std::int64_t begin = 0; begin < rows; begin += chunk) {
      std::int64_t at[Shape::kMaxRank];
      std::int64_t offset[kCount] = {};
      std::int64_t rest = begin;
      for (int i = rank - 1; i >= 0; --i) {
        at[i] = rest % size[i];
        rest /= size[i];
        for (int k = 0; k < kCount; ++k) offset[k] += at[i] * stride[k][i];
      }
      const std::int64_t end = std::min(rows, begin + chunk);
      for (std::int64_t row = begin; row < end; ++row) {
        body(row, offset);
        for (int i = rank - 1; i >= 0; --i) {
          for (int k = 0; k < kCount; ++k) offset[k] += stride[k][i];
          if (++at[i] < size[i]) break;
          for (int k = 0; k < kCount; ++k) offset[k] -= size[i] * stride[k][i];
          at[i] = 0;
        }
      }
    }
  }
};

}  // namespace fgcn::kernels::cpu
