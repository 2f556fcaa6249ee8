// Walking an array row by row beside operands that are repeated to its shape (CPU).
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/binary/broadcast_axes.h"
#include "kernels/core/context.h"

namespace fgcn::kernels::cpu {

/// Walks the rows of BroadcastAxes.
template <int kCount>
struct BroadcastRows : BroadcastAxes<kCount> {
  using Axes = BroadcastAxes<kCount>;
  using Axes::Axes, Axes::rank, Axes::rows, Axes::size, Axes::stride, Axes::width;

  /// A row: its place along each axis, and where it begins in the operands.
  struct Row {
    std::int64_t at[Shape::kMaxRank];
    std::int64_t offset[kCount] = {};
  };

  Row row(std::int64_t number) const {
    Row out;
    for (int i = rank - 1; i >= 0; --i) {
      out.at[i] = number % size[i];
      number /= size[i];
      for (int k = 0; k < kCount; ++k) out.offset[k] += out.at[i] * stride[k][i];
    }
    return out;
  }
  /// The row behind it; behind the last the first.
  void advance(Row& row) const {
    for (int i = rank - 1; i >= 0; --i) {
      for (int k = 0; k < kCount; ++k) row.offset[k] += stride[k][i];
      if (++row.at[i] < size[i]) return;
      for (int k = 0; k < kCount; ++k) row.offset[k] -= size[i] * stride[k][i];
      row.at[i] = 0;
    }
  }

  /// Calls body(row, offsets of the row's start in the operands) for each row.
  template <class Body>
  void for_each(const Context& ctx, const Body& body) const {
    const std::int64_t chunk = std::max<std::int64_t>(1, 4096 / std::max<std::int64_t>(width, 1));
    const int threads = rows * width < 16384 ? 1 : ctx.threads();
#pragma omp parallel for num_threads(threads)
    for (std::int64_t begin = 0; begin < rows; begin += chunk) {
      Row place = row(begin);
      const std::int64_t end = std::min(rows, begin + chunk);
      for (std::int64_t r = begin; r < end; ++r) {
        body(r, place.offset);
        advance(place);
      }
    }
  }
};

}  // namespace fgcn::kernels::cpu
