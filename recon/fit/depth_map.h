// The nearest surface along each line of sight, for visibility and shadows.
#pragma once

#include <cstdint>
#include <vector>

#include "autograd/tensor.h"
#include "io/mesh/triangle_mesh.h"

namespace fgcn::recon {

/// Draws one mesh, again and again, from different sides.
class DepthMap {
 public:
  DepthMap(const Context& ctx, const std::vector<mesh::Triangle>& triangles, std::int64_t size);

  /// positions [V, 3]: x, y in pixels, depth in dm. Replaces the mesh that was rendered before.
  void draw(const std::vector<float>& positions);

  std::int64_t size() const { return size_; }
  /// The raster (docs/dev/conventions.md) of the last draw, [size, size, 4].
  const std::vector<real>& raster() const { return raster_; }
  /// True when nothing rendered lies more than `margin` dm before the point; true off the picture.
  bool reaches(float x, float y, float depth, float margin) const;

 private:
  Context context_;
  IndexTensor triangles_;
  std::int64_t size_;
  std::vector<real> raster_;
};

}  // namespace fgcn::recon
