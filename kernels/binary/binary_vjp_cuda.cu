#include <vector>

#include "kernels/binary/binary_rows.h"
#include "kernels/reduce/reduce.h"
#include "kernels/reduce/sum_kernels.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

/// Both gradients at once, null where not wanted.
template <Binary kF, int kN>
__global__ void binary_vjp_kernel(BinaryRows rows, const real* a, const real* b, const real* grad_y,
                                  real* grad_a, real* grad_b) {
  const std::int64_t i = thread_number();
  if (i >= rows.pieces) return;
  const Split at = rows.pieces_of_row.split(i);
  const auto begin = rows.begin.at(at.quotient);
  const std::int64_t c = at.remainder * kN;
  a += begin.in[0] + c * rows.inner[0];
  b += begin.in[1] + c * rows.inner[1];
  const std::int64_t place = at.quotient * rows.width + c;
  const std::int64_t left = rows.width - c;
  if (kN == 1 || left >= kN) {
    const Lanes<kN> from_a = load_or_repeat<kN>(a, rows.inner[0]);
    const Lanes<kN> from_b = load_or_repeat<kN>(b, rows.inner[1]);
    const Lanes<kN> grad = load<kN>(grad_y + place);
    Lanes<kN> to_a, to_b;
    for (int k = 0; k < kN; ++k) {
      to_a.of[k] = share_of_a<kF>(from_a.of[k], from_b.of[k], grad.of[k]);
      to_b.of[k] = share_of_b<kF>(from_a.of[k], from_b.of[k], grad.of[k]);
    }
    if (grad_a != nullptr) store(grad_a + place, to_a);
    if (grad_b != nullptr) store(grad_b + place, to_b);
  } else {
#pragma unroll 1
    for (int k = 0; k < left; ++k) {
      const real from_a = a[k * rows.inner[0]], from_b = b[k * rows.inner[1]];
      const real grad = grad_y[place + k];
      if (grad_a != nullptr) grad_a[place + k] = share_of_a<kF>(from_a, from_b, grad);
      if (grad_b != nullptr) grad_b[place + k] = share_of_b<kF>(from_a, from_b, grad);
    }
  }
}

/// One operand's shares, made as they are summed. The other operand's gradient, where it is wanted
/// at full size, is written on the way.
template <Binary kF>
struct ShareTerms {
  using Value = real;
  BinaryRows rows;
  Divider by_width;
  bool in_lanes;  // rows are whole pieces
  bool of_a;      // whose shares are summed
  const real *a, *b, *grad_y;
  real* other;  // null: not wanted

  template <int kN>
  __device__ __forceinline__ Lanes<kN> at(std::int64_t i) const {
    if constexpr (kN > 1) {
      if (!in_lanes) {
        Lanes<kN> out;
#pragma unroll
        for (int k = 0; k < kN; ++k) out.of[k] = at<1>(i + k).of[0];
        return out;
      }
    }
    const Split place = by_width.split(i);
    const auto begin = rows.begin.at(place.quotient);
    const std::int64_t c = place.remainder;
    const Lanes<kN> from_a = load_or_repeat<kN>(a + begin.in[0] + c * rows.inner[0], rows.inner[0]);
    const Lanes<kN> from_b = load_or_repeat<kN>(b + begin.in[1] + c * rows.inner[1], rows.inner[1]);
    const Lanes<kN> grad = load<kN>(grad_y + i);
    Lanes<kN> summed, rest;
    for (int k = 0; k < kN; ++k) {
      const real to_a = share_of_a<kF>(from_a.of[k], from_b.of[k], grad.of[k]);
      const real to_b = share_of_b<kF>(from_a.of[k], from_b.of[k], grad.of[k]);
      summed.of[k] = of_a ? to_a : to_b;
      rest.of[k] = of_a ? to_b : to_a;
    }
    if (other != nullptr) store(other + i, rest);
    return summed;
  }
  /// They can be, as sums take them, also where the rows are not.
  bool in_pieces() const { return true; }
};

/// sum = the shares of a or of b, summed to its shape.
template <Binary kF>
void sum_shares(const Context& ctx, View<const real> a, View<const real> b, View<const real> grad_y,
                bool of_a, View<real> sum, real* other) {
  bool in_lanes;
  const BinaryRows rows = binary_rows(grad_y.shape, a, b, {grad_y.data, other}, in_lanes);
  const ShareTerms<kF> terms{rows,   Divider(rows.width), in_lanes, of_a, a.data,
                             b.data, grad_y.data,         other};
  const std::vector<ReducePass> passes = reduce_passes(grad_y.shape, sum.shape);
  const ReducePass& first = passes.front();
  if (passes.size() == 1) return sum_terms(ctx, terms, first, sum.data);
  const DeviceScratch<real> left(ctx, first.outer * first.width);
  sum_terms(ctx, terms, first, left.data());
  reduce_sum(ctx, View<const real>(left.data(), after_first_pass(grad_y.shape, sum.shape)), sum);
}

template <Binary kF>
void run_binary_vjp(const Context& ctx, View<const real> a, View<const real> b,
                    View<const real> grad_y, View<real> grad_a, View<real> grad_b) {
  const std::int64_t size = grad_y.size();
  const bool sum_a = grad_a.data != nullptr && grad_a.size() != size;
  const bool sum_b = grad_b.data != nullptr && grad_b.size() != size;
  if (sum_a) sum_shares<kF>(ctx, a, b, grad_y, true, grad_a, sum_b ? nullptr : grad_b.data);
  if (sum_b) sum_shares<kF>(ctx, a, b, grad_y, false, grad_b, sum_a ? nullptr : grad_a.data);
  if (sum_a || sum_b) return;
  bool in_lanes;
  const BinaryRows rows =
      binary_rows(grad_y.shape, a, b, {grad_y.data, grad_a.data, grad_b.data}, in_lanes);
  launch(ctx, "binary_vjp", one_thread_each(rows.pieces),
         in_lanes ? binary_vjp_kernel<kF, kLanes> : binary_vjp_kernel<kF, 1>, rows, a.data, b.data,
         grad_y.data, grad_a.data, grad_b.data);
}

void binary_vjp(const Context& ctx, Binary f, View<const real> a, View<const real> b,
                View<const real> grad_y, View<real> grad_a, View<real> grad_b) {
  if (grad_y.size() == 0) {
    for (const View<real>& sum : {grad_a, grad_b})
      if (sum.data != nullptr && sum.size() > 0)
        ctx.runtime().zero(sum.data, static_cast<std::size_t>(sum.size()) * sizeof(real));
    return;
  }
  switch (f) {
    case Binary::kMul:
      return run_binary_vjp<Binary::kMul>(ctx, a, b, grad_y, grad_a, grad_b);
    case Binary::kDiv:
      return run_binary_vjp<Binary::kDiv>(ctx, a, b, grad_y, grad_a, grad_b);
    case Binary::kMax:
      return run_binary_vjp<Binary::kMax>(ctx, a, b, grad_y, grad_a, grad_b);
    case Binary::kMin:
      return run_binary_vjp<Binary::kMin>(ctx, a, b, grad_y, grad_a, grad_b);
    default:
      refuse_binary_vjp(f);
  }
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
