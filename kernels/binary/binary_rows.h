// How kernels walk two operands that are repeated to one shape. Included by .cu files.
#pragma once

#include <initializer_list>

#include "kernels/binary/broadcast_axes.h"
#include "kernels/gpu/elements.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

/// y's rows, and where each begins in the operands. Axes that both operands walk alike are one: two
/// arrays of one shape, or an array and a scalar, are one row.
struct BinaryRows {
  StridedAxes<2, Shape::kMaxRank - 1> begin;  // of the axes before a row's own
  std::int64_t width;                         // of a row
  std::int64_t inner[2];  // strides along it: 1, or 0 where the operand is repeated
  std::int64_t pieces;    // of all rows
  Divider pieces_of_row;
};

/// `whole`: arrays of the common shape.
inline BinaryRows binary_rows(const Shape& common, View<const real> a, View<const real> b,
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

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
