// max_pool: shared by CPU and GPU.
#pragma once

#include "kernels/max_pool/max_pool.h"

namespace fgcn::kernels {

/// Whether `candidate`, which comes later, is chosen over `best`. A NaN is, but over another NaN.
FGCN_HD bool chosen_over(real candidate, real best) {
  return candidate > best || (candidate != candidate && best == best);
}

/// Indices [begin, end) along an axis.
struct PoolRange {
  std::int64_t begin, end;
};

/// The pixels of an axis of `size` that window `out` holds; at least one.
FGCN_HD PoolRange pixels_of_window(std::int64_t out, std::int64_t size,
                                   const MaxPoolOptions& options) {
  const std::int64_t first = out * options.stride - options.pad;
  const std::int64_t last = first + options.window;
  return {first > 0 ? first : 0, last < size ? last : size};
}

/// The windows, of `count`, that hold the pixel at `distance` = index + pad from the padded edge;
/// none where the stride leaves it out. The caller divides, since a GPU does it by a
/// multiplication:
///   last    distance / stride
///   before  (distance - window) / stride, of the last window that ends before the pixel; any
///           number where distance < window
FGCN_HD PoolRange windows_of_pixel(std::int64_t distance, std::int64_t last, std::int64_t before,
                                   std::int64_t count, const MaxPoolOptions& options) {
  return {distance < options.window ? 0 : before + 1, last + 1 < count ? last + 1 : count};
}

}  // namespace fgcn::kernels
