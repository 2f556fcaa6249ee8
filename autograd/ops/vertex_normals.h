// Taped vertex normals (kernels/vertex_normals/vertex_normals.h).
#pragma once

#include "autograd/tape.h"
#include "kernels/vertex_normals/vertex_normals.h"

namespace fgcn {

/// A mesh's triangles and the corners around each vertex, on a device; a cheap handle.
class TriangleIncidence {
 public:
  TriangleIncidence() = default;
  /// `triangles` [F, 3] flat. Error on an index out of range.
  TriangleIncidence(const Context& ctx, std::int64_t vertices,
                    const std::vector<std::int32_t>& triangles);

  const IndexTensor& triangles() const { return triangles_; }
  kernels::IncidenceView view() const;

 private:
  IndexTensor triangles_;
  IndexTensor row_begin_;
  IndexTensor corner_;
};

namespace ops {

/// [N, V, 3] positions to unit normals. Order: once.
Var vertex_normals(const TriangleIncidence& mesh, const Var& x);

}  // namespace ops
}  // namespace fgcn
