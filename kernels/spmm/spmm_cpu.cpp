#include <algorithm>

#include "kernels/core/simd.h"
#include "kernels/spmm/spmm.h"

namespace fgcn::kernels::cpu {
namespace {

using simd::kWidth;
using simd::Vec;

/// One row's sums over kVecs registers of neighbouring columns: x and y are touched once, and the
/// sums stay in registers.
template <int kVecs>
void row_strip(const CsrView& a, std::int64_t r, const real* x, std::int64_t columns, real* y) {
  Vec sum[kVecs] = {};
  for (std::int32_t e = a.row_begin[r]; e < a.row_begin[r + 1]; ++e) {
    const real weight = a.value[e];
    const real* in = x + a.col[e] * columns;
    for (int v = 0; v < kVecs; ++v) sum[v] += weight * simd::load(in + v * kWidth);
  }
  for (int v = 0; v < kVecs; ++v) simd::store(y + v * kWidth, sum[v]);
}

void row(const CsrView& a, std::int64_t r, const real* x, std::int64_t columns, real* y) {
  real* out = y + r * columns;
  std::int64_t c = 0;
  for (; c + 8 * kWidth <= columns; c += 8 * kWidth) row_strip<8>(a, r, x + c, columns, out + c);
  if (c + 4 * kWidth <= columns) {
    row_strip<4>(a, r, x + c, columns, out + c);
    c += 4 * kWidth;
  }
  for (; c + kWidth <= columns; c += kWidth) row_strip<1>(a, r, x + c, columns, out + c);
  for (; c < columns; ++c) {
    real sum = 0;
    for (std::int32_t e = a.row_begin[r]; e < a.row_begin[r + 1]; ++e)
      sum += a.value[e] * x[a.col[e] * columns + c];
    out[c] = sum;
  }
}

}  // namespace

void spmm(const Context& ctx, const CsrView& a, View<const real> x, View<real> y) {
  const std::int64_t columns = y.size() / a.rows;
  const int threads = a.nnz * columns < 32768 ? 1 : ctx.threads();
#pragma omp parallel for num_threads(threads) schedule(static)
  for (std::int64_t r = 0; r < a.rows; ++r) row(a, r, x.data, columns, y.data);
}

}  // namespace fgcn::kernels::cpu
