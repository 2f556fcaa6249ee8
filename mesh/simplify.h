// Fewer vertices for a surface: edges are collapsed onto one of their two ends.
#pragma once

#include <cstdint>
#include <vector>

#include "io/mesh/triangle_mesh.h"

namespace fgcn::mesh {

enum class CollapseRule {
  /// Area-weighted quadrics with planes that hold the border in place. A collapse that would turn a
  /// triangle over, pinch the surface or tear its border is put off, and made only when no other is
  /// left. Reaches the wanted number of vertices exactly.
  kCareful,
  /// The original system's: quadrics of equal weight, the border free, no collapse refused. May end
  /// below the wanted number, since a collapse can free several vertices at once, and may repeat
  /// triangles.
  kReference,
};

/// kept       [V'] vertices of the mesh that stay, ascending
/// triangles  [T'] of places in `kept`, in the mesh's order and orientation
struct Simplified {
  std::vector<std::int32_t> kept;
  std::vector<Triangle> triangles;
};

/// Quadric-error edge collapse to `wanted` vertices, which keep their positions.
///
/// Errors   fgcn::Error when an index is out of range, a coordinate is not finite, or `wanted` is
///          below 1 or above the number of vertices.
/// Repeat   ties by index; one thread.
/// Source   Garland and Heckbert, SIGGRAPH 1997; the link condition of Dey et al., 1999;
///          docs/method.md, "Mesh hierarchy".
Simplified simplify(const TriangleMesh& mesh, std::int64_t wanted, CollapseRule rule);

}  // namespace fgcn::mesh
