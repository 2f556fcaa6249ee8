// A mesh's triangles on a device, with where each vertex occurs in them.
#pragma once

#include <memory>

#include "autograd/tensor.h"
#include "kernels/rasterize/rasterize.h"

namespace fgcn {

/// A cheap handle: copies share the index, which is made at the first derivative. Keep one a mesh;
/// where an operator is given an IndexTensor instead, each derivative makes its own.
class Triangles {
 public:
  Triangles() = default;
  /// faces [F, 3].
  Triangles(IndexTensor faces);  // NOLINT(google-explicit-constructor): a tensor will do

  const IndexTensor& faces() const { return faces_; }
  /// Error when a triangle has a vertex that is not in [0, vertices).
  kernels::CornersView corners(std::int64_t vertices) const;

 private:
  struct Index {
    std::int64_t vertices = -1;
    IndexTensor begin;
    IndexTensor corner;
  };
  IndexTensor faces_;
  std::shared_ptr<Index> index_;
};

}  // namespace fgcn
