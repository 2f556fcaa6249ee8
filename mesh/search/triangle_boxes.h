// The triangles of a mesh in the order of a tree of boxes around them.
#pragma once

#include <cstdint>
#include <vector>

#include "io/mesh/triangle_mesh.h"
#include "mesh/search/box_tree.h"

namespace fgcn::mesh {

/// Errors   as ClosestPointTree.
class TriangleBoxes {
 public:
  struct Corners {
    Vec3 a, b, c;
  };

  explicit TriangleBoxes(const TriangleMesh& mesh);

  const BoxTree& tree() const { return tree_; }
  /// Of a place in the tree's order.
  const Corners& corners(std::int32_t place) const {
    return corners_[static_cast<std::size_t>(place)];
  }
  std::int32_t triangle(std::int32_t place) const {
    return tree_.order()[static_cast<std::size_t>(place)];
  }

 private:
  BoxTree tree_;
  std::vector<Corners> corners_;
};

}  // namespace fgcn::mesh
