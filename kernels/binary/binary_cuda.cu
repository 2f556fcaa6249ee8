#include <initializer_list>

#include "kernels/binary/broadcast_axes.h"
#include "kernels/core/elements.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

/// y's rows, and where each begins in the operands. Axes that both operands walk alike are one: two
/// arrays of one shape, or an array and a scalar, are one row.
struct BinaryRows {
  StridedAxes<2> begin;
  std::int64_t width;     // of a row
  std::int64_t inner[2];  // strides along it: 1, or 0 where the operand is repeated
  std::int64_t pieces;    // of all rows
  Divider pieces_of_row;
};

/// One thread a piece of a row: neighbours read and write neighbours.
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

/// `whole`: arrays of the common shape.
BinaryRows binary_rows(const Shape& common, View<const real> a, View<const real> b,
                       std::initializer_list<const real*> whole, bool& in_lanes) {
  const BroadcastAxes<2> axes(common, {a.shape, b.shape});
  BinaryRows rows;
  rows.width = axes.width;
  const real* const data[] = {a.data, b.data};
  in_lanes = axes.rows == 1 || whole_pieces(axes.width);
  for (const real* array : whole) in_lanes = in_lanes && in_pieces(array);
  for (int k = 0; k < 2; ++k) {
    rows.inner[k] = axes.inner[k];
    // A repeated operand is read one element at a time.
    if (axes.inner[k] != 0) in_lanes = in_lanes && in_pieces(data[k]);
  }
  for (int i = 0; i < axes.rank; ++i)
    rows.begin.add(axes.size[i], {axes.stride[0][i], axes.stride[1][i]});
  const int lanes = in_lanes ? kLanes : 1;
  const std::int64_t of_row = (axes.width + lanes - 1) / lanes;
  rows.pieces = axes.rows * of_row;
  rows.pieces_of_row = Divider(of_row);
  return rows;
}

template <Binary kF>
void run_binary(const Context& ctx, View<const real> a, View<const real> b, View<real> y) {
  bool in_lanes;
  const BinaryRows rows = binary_rows(y.shape, a, b, {y.data}, in_lanes);
  launch(ctx, "binary", one_thread_each(rows.pieces),
         in_lanes ? binary_kernel<kF, kLanes> : binary_kernel<kF, 1>, rows, a.data, b.data, y.data);
}

template <Binary kF>
void run_binary_vjp(const Context& ctx, View<const real> a, View<const real> b,
                    View<const real> grad_y, View<real> grad_a, View<real> grad_b) {
  bool in_lanes;
  const BinaryRows rows =
      binary_rows(grad_y.shape, a, b, {grad_y.data, grad_a.data, grad_b.data}, in_lanes);
  launch(ctx, "binary_vjp", one_thread_each(rows.pieces),
         in_lanes ? binary_vjp_kernel<kF, kLanes> : binary_vjp_kernel<kF, 1>, rows, a.data, b.data,
         grad_y.data, grad_a.data, grad_b.data);
}

void binary_vjp(const Context& ctx, Binary f, View<const real> a, View<const real> b,
                View<const real> grad_y, View<real> grad_a, View<real> grad_b) {
  if (grad_y.size() == 0) return;
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
      return;  // refused by the caller
  }
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
