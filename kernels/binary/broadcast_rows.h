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
