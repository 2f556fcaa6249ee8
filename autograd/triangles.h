// A mesh's triangles on a device, with where each vertex occurs in them.
#pragma once

#include <memory>
#include <vector>

#include "autograd/tensor.h"
#include "kernels/core/corners.h"

namespace fgcn {

/// A cheap handle: copies share the index, which is made when it is first asked for. Keep one a
/// mesh; where an operator is given an IndexTensor instead, each derivative makes its own.
class Triangles {
 public:
  Triangles() = default;
  /// triangles [F, 3].
  Triangles(IndexTensor triangles);  // NOLINT(google-explicit-constructor): a tensor will do
  /// From host memory, flat, with the index at once. Error as for corners().
  Triangles(const Context& ctx, std::int64_t vertices, const std::vector<std::int32_t>& triangles);

  /// [F, 3].
  const IndexTensor& index() const { return triangles_; }
  /// Error when a triangle has a vertex that is not in [0, vertices).
  kernels::CornersView corners(std::int64_t vertices) const;

 private:
  struct Index {
    std::int64_t vertices = -1;
    IndexTensor begin;
    IndexTensor corner;
  };
  IndexTensor triangles_;
  std::shared_ptr<Index> index_;
};

}  // namespace fgcn
