// How a sum over some axes is cut into sums over one.
#pragma once

#include <vector>

#include "kernels/binary/broadcast_axes.h"

namespace fgcn::kernels {

/// y [outer, width] = sum over rows of x [outer, rows, width].
struct ReducePass {
  std::int64_t outer, rows, width;
};

/// The passes from an array of shape x, which is not empty, to its sum of shape y, each at what the
/// one before left; none where nothing is summed. Every pass at least halves.
inline std::vector<ReducePass> reduce_passes(const Shape& x, const Shape& y) {
  // Sizes of axes in groups, by turns kept and summed; the first and the last are kept.
  std::vector<std::int64_t> groups{1};
  const BroadcastStrides strides = broadcast_strides(y, x);
  for (int i = 0; i < x.rank; ++i) {
    if (x[i] == 1) continue;
    const bool last_is_kept = groups.size() % 2 == 1;
    if (last_is_kept != (strides.stride[i] != 0)) groups.push_back(1);
    groups.back() *= x[i];
  }
  if (groups.size() % 2 == 0) groups.push_back(1);
  // A pass a summed group, the last first: what it walks along is all that was kept behind it.
  std::vector<ReducePass> passes;
  std::int64_t outer = x.size(), width = 1;
  for (std::size_t i = groups.size() - 1; i > 0; i -= 2) {
    width *= groups[i];
    outer /= groups[i] * groups[i - 1];
    passes.push_back({outer, groups[i - 1], width});
  }
  return passes;
}

/// The shape of x after the first of these passes.
inline Shape after_first_pass(const Shape& x, const Shape& y) {
  const BroadcastStrides strides = broadcast_strides(y, x);
  Shape out = x;
  int axis = x.rank - 1;
  while (axis >= 0 && (x[axis] == 1 || strides.stride[axis] != 0)) --axis;
  for (; axis >= 0 && (x[axis] == 1 || strides.stride[axis] == 0); --axis) out.sizes[axis] = 1;
  return out;
}

}  // namespace fgcn::kernels
