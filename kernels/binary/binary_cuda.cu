#include "kernels/binary/binary_rows.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

/// One thread per piece of a row: neighbors read and write neighbors.
template <Binary kF, int kN>
__global__ void binary_kernel(BinaryRows rows, const real* a, const real* b, real* y) {
  const std::int64_t i = thread_number();
  if (i >= rows.pieces) return;
  const Split at = rows.pieces_of_row.split(i);
  const auto begin = rows.begin.at(at.quotient);
  const std::int64_t c = at.remainder * kN;
  a += begin.in[0] + c * rows.inner[0];
  b += begin.in[1] + c * rows.inner[1];
  y += at.quotient * rows.width + c;
  const std::int64_t left = rows.width - c;
  if (kN == 1 || left >= kN) {
    const Lanes<kN> from_a = load_or_repeat<kN>(a, rows.inner[0]);
    const Lanes<kN> from_b = load_or_repeat<kN>(b, rows.inner[1]);
    Lanes<kN> out;
    for (int k = 0; k < kN; ++k) out.of[k] = apply<kF>(from_a.of[k], from_b.of[k]);
    store(y, out);
  } else {
#pragma unroll 1
    for (int k = 0; k < left; ++k) y[k] = apply<kF>(a[k * rows.inner[0]], b[k * rows.inner[1]]);
  }
}

template <Binary kF>
void run_binary(const Context& ctx, View<const real> a, View<const real> b, View<real> y) {
  bool in_lanes;
  const BinaryRows rows = binary_rows(y.shape, a, b, {y.data}, in_lanes);
  launch(ctx, "binary", one_thread_each(rows.pieces),
         in_lanes ? binary_kernel<kF, kLanes> : binary_kernel<kF, 1>, rows, a.data, b.data, y.data);
}

void binary(const Context& ctx, Binary f, View<const real> a, View<const real> b, View<real> y) {
  if (y.size() == 0) return;
  switch (f) {
    case Binary::kAdd:
      return run_binary<Binary::kAdd>(ctx, a, b, y);
    case Binary::kSub:
      return run_binary<Binary::kSub>(ctx, a, b, y);
    case Binary::kMul:
      return run_binary<Binary::kMul>(ctx, a, b, y);
    case Binary::kDiv:
      return run_binary<Binary::kDiv>(ctx, a, b, y);
    case Binary::kMax:
      return run_binary<Binary::kMax>(ctx, a, b, y);
    case Binary::kMin:
      return run_binary<Binary::kMin>(ctx, a, b, y);
    case Binary::kGreater:
      return run_binary<Binary::kGreater>(ctx, a, b, y);
    case Binary::kLess:
      return run_binary<Binary::kLess>(ctx, a, b, y);
  }
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
