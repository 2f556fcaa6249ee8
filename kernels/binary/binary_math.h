// Elementwise functions of two arguments: shared by CPU and GPU.
#pragma once

#include "kernels/binary/binary.h"

namespace fgcn::kernels {

template <Binary kF>
FGCN_HD real apply(real a, real b) {
  if constexpr (kF == Binary::kAdd) return a + b;
  if constexpr (kF == Binary::kSub) return a - b;
  if constexpr (kF == Binary::kMul) return a * b;
  if constexpr (kF == Binary::kDiv) return a / b;
  // Written so that a NaN in either operand is kept.
  if constexpr (kF == Binary::kMax) return a > b || a != a ? a : b;
  if constexpr (kF == Binary::kMin) return a < b || a != a ? a : b;
  if constexpr (kF == Binary::kGreater) return a > b ? real(1) : real(0);
  if constexpr (kF == Binary::kLess) return a < b ? real(1) : real(0);
}

/// Functions with a derivative below: another one does not compile there.
template <Binary kF>
inline constexpr bool kHasVjp =
    kF == Binary::kMul || kF == Binary::kDiv || kF == Binary::kMax || kF == Binary::kMin;

/// A cotangent's share for a, and for b.
template <Binary kF>
FGCN_HD real share_of_a(real a, real b, real grad_y) {
  static_assert(kHasVjp<kF>, "binary_vjp: no derivative of this function");
  if constexpr (kF == Binary::kMul) return grad_y * b;
  if constexpr (kF == Binary::kDiv) return grad_y / b;
  if constexpr (kF == Binary::kMax) return a > b ? grad_y : real(0);
  if constexpr (kF == Binary::kMin) return a < b ? grad_y : real(0);
}
template <Binary kF>
FGCN_HD real share_of_b(real a, real b, real grad_y) {
  static_assert(kHasVjp<kF>, "binary_vjp: no derivative of this function");
  if constexpr (kF == Binary::kMul) return grad_y * a;
  if constexpr (kF == Binary::kDiv) return -(grad_y / b * (a / b));
  if constexpr (kF == Binary::kMax) return a > b ? real(0) : grad_y;
  if constexpr (kF == Binary::kMin) return a < b ? real(0) : grad_y;
}

/// Element strides of an operand in the common shape: 0 where it is repeated.
struct BroadcastStrides {
  std::int64_t stride[Shape::kMaxRank] = {};
};

inline BroadcastStrides broadcast_strides(const Shape& operand, const Shape& common) {
  BroadcastStrides out;
  std::int64_t step = 1;
  for (int i = operand.rank - 1; i >= 0; --i) {
    const int axis = i + common.rank - operand.rank;
    out.stride[axis] = operand[i] == 1 ? 0 : step;
    step *= operand[i];
  }
  return out;
}

/// Offset in an operand of element i of the common shape.
FGCN_HD std::int64_t broadcast_offset(std::int64_t i, const Shape& common,
                                      const BroadcastStrides& strides) {
  std::int64_t offset = 0;
  for (int axis = common.rank - 1; axis >= 0; --axis) {
    offset += i % common.sizes[axis] * strides.stride[axis];
    i /= common.sizes[axis];
  }
  return offset;
}

}  // namespace fgcn::kernels
