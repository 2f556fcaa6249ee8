#include "kernels/core/launch.h"
#include "kernels/spmm/spmm.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

/// Neighbouring threads hold neighbouring columns: x and y are read and written coalesced, and a
/// row of A is broadcast to the warp.
__global__ void spmm_kernel(CsrView a, View<const real> x, View<real> y, std::int64_t columns) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= y.size()) return;
  const std::int64_t r = i / columns;
  const std::int64_t c = i % columns;
  real sum = 0;
  for (std::int32_t e = a.row_begin[r]; e < a.row_begin[r + 1]; ++e)
    sum += a.value[e] * x.data[a.col[e] * columns + c];
  y.data[i] = sum;
}

void spmm(const Context& ctx, const CsrView& a, View<const real> x, View<real> y) {
  launch(ctx, "spmm", one_thread_each(y.size()), spmm_kernel, a, x, y, y.size() / a.rows);
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
