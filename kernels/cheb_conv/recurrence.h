// The rows of one step of a Chebyshev recurrence on the CPU.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/core/simd.h"
#include "kernels/core/view.h"

namespace fgcn::kernels::cpu {

/// out = alpha L previous - before + source, for rows [begin, end) that lie together in their
/// windows. `before` and `source` may be null. Widths are multiples of a register.
struct RecurrenceStep {
  const CsrView& l;
  std::int64_t begin, end;
  std::int64_t width;
  real alpha;
  const real* previous;  // the whole window
  std::int64_t mask;     // of its rows
  const real* before;    // row begin of the term before the previous
  const real* source;    // row begin of what is added
  real* out;             // row begin
};

namespace detail {

template <int kVecs>
void recurrence_strip(const RecurrenceStep& step, std::int64_t at) {
  using simd::Vec;
  const CsrView& l = step.l;
  const real* from = step.previous + at;
  for (std::int64_t r = step.begin; r < step.end; ++r) {
    Vec sum[kVecs] = {};
    const std::int32_t last = l.row_begin[r + 1];
    for (std::int32_t e = l.row_begin[r]; e < last; ++e) {
      const Vec weight = simd::splat(l.value[e]);
      const real* in = from + (l.col[e] & step.mask) * step.width;
#pragma GCC unroll 8
      for (int v = 0; v < kVecs; ++v) sum[v] += weight * simd::load(in + v * simd::kWidth);
    }
    const std::int64_t offset = (r - step.begin) * step.width + at;
#pragma GCC unroll 8
    for (int v = 0; v < kVecs; ++v) {
      const std::int64_t i = offset + v * simd::kWidth;
      Vec value = step.alpha * sum[v];
      if (step.before != nullptr) value -= simd::load(step.before + i);
      if (step.source != nullptr) value += simd::load(step.source + i);
      simd::store(step.out + i, value);
    }
  }
}

}  // namespace detail

inline void run(const RecurrenceStep& step) {
  for (std::int64_t at = 0; at < step.width;) {
    const std::int64_t vecs = (step.width - at) / simd::kWidth;
    if (vecs >= 8) {
      detail::recurrence_strip<8>(step, at);
      at += 8 * simd::kWidth;
    } else if (vecs >= 4) {
      detail::recurrence_strip<4>(step, at);
      at += 4 * simd::kWidth;
    } else if (vecs >= 2) {
      detail::recurrence_strip<2>(step, at);
      at += 2 * simd::kWidth;
    } else {
      detail::recurrence_strip<1>(step, at);
      at += simd::kWidth;
    }
  }
}

}  // namespace fgcn::kernels::cpu
