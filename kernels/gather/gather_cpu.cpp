#include <algorithm>

#include "kernels/gather/gather.h"

namespace fgcn::kernels::cpu {
namespace {

/// The axes before and behind the row axis, as one each.
struct Around {
  std::int64_t outer = 1;
  std::int64_t inner = 1;
};

Around around(const Shape& shape, int axis) {
  Around out;
  for (int i = 0; i < axis; ++i) out.outer *= shape[i];
  for (int i = axis + 1; i < shape.rank; ++i) out.inner *= shape[i];
  return out;
}

constexpr std::int64_t kChannels = 64;  // summed at a time: they stay in L1 or in registers

}  // namespace

void gather(const Context& ctx, View<const real> x, View<const std::int32_t> index, int axis,
            View<real> y) {
  const Around size = around(x.shape, axis);
  const std::int64_t rows = x.dim(axis), entries = index.size(), inner = size.inner;
  const int threads = y.size() < 16384 ? 1 : ctx.threads();
#pragma omp parallel for num_threads(threads)
  for (std::int64_t i = 0; i < size.outer * entries; ++i) {
    const real* from = x.data + (i / entries * rows + index[i % entries]) * inner;
    real* to = y.data + i * inner;
    for (std::int64_t c = 0; c < inner; ++c) to[c] = from[c];
  }
}

void scatter_add(const Context& ctx, View<const real> x, const RowEntries& entries, int axis,
                 View<real> y) {
  const Around size = around(y.shape, axis);
  const std::int64_t rows = y.dim(axis), count = entries.entry.size(), inner = size.inner;
  const int threads = std::max(x.size(), y.size()) < 16384 ? 1 : ctx.threads();
  // Equal shares of rows would not be equal work where a few rows have most entries.
#pragma omp parallel for schedule(dynamic, 256) num_threads(threads)
  for (std::int64_t i = 0; i < size.outer * rows; ++i) {
    const std::int64_t r = i % rows;
    const real* from = x.data + i / rows * count * inner;
    real* to = y.data + i * inner;
    for (std::int64_t c0 = 0; c0 < inner; c0 += kChannels) {
      const std::int64_t some = std::min(kChannels, inner - c0);
      real sum[kChannels] = {};
      for (std::int32_t e = entries.row_begin[r]; e < entries.row_begin[r + 1]; ++e) {
        const real* in = from + entries.entry[e] * inner + c0;
        for (std::int64_t c = 0; c < some; ++c) sum[c] += in[c];
      }
      std::copy_n(sum, some, to + c0);
    }
  }
}

}  // namespace fgcn::kernels::cpu
