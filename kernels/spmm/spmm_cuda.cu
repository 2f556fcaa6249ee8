#include "kernels/gpu/elements.h"
#include "kernels/spmm/spmm.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

/// One thread per piece of a row of y: neighbors read and write neighboring columns, and a row of A
/// is broadcast to the warp.
template <int kN>
__global__ void spmm_kernel(CsrView a, const real* x, real* y, std::int64_t columns,
                            Divider pieces_of_row, std::int64_t pieces) {
  const std::int64_t i = thread_number();
  if (i >= pieces) return;
  const Split at = pieces_of_row.split(i);
  const real* from = x + at.remainder * kN;
  const std::int32_t end = a.row_begin[at.quotient + 1];
  Lanes<kN> sum = {};
  for (std::int32_t e = a.row_begin[at.quotient]; e < end; ++e) {
    const real value = a.value[e];
    const Lanes<kN> term = load<kN>(from + a.col[e] * columns);
    for (int k = 0; k < kN; ++k) sum.of[k] += value * term.of[k];
  }
  store(y + at.quotient * columns + at.remainder * kN, sum);
}

void spmm(const Context& ctx, const CsrView& a, View<const real> x, View<real> y) {
  const std::int64_t columns = y.size() / a.rows;
  const bool in_lanes = in_pieces(x.data) && in_pieces(y.data) && whole_pieces(columns);
  const std::int64_t of_row = columns / (in_lanes ? kLanes : 1);
  launch(ctx, "spmm", one_thread_each(a.rows * of_row),
         in_lanes ? spmm_kernel<kLanes> : spmm_kernel<1>, a, x.data, y.data, columns,
         Divider(of_row), a.rows * of_row);
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
