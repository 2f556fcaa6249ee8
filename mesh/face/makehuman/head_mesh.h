// Head and neck of the base mesh, cut, subdivided and triangulated.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mesh/face/makehuman/wheel.h"
#include "mesh/face/whole_head.h"
#include "mesh/subdivide.h"

namespace fgcn::mesh::makehuman {

enum class Detail {
  kNormal,  // about 20,000 vertices
  kHigh,    // about 36,000: the face is subdivided once more
};

/// A mesh whose vertices are combinations of the base mesh's.
struct HeadMesh {
  std::vector<Blend> blend;               // [V] of the base mesh's vertices
  std::vector<Triangle> triangles;        // [T]
  std::vector<Triangle> uv_triangles;     // [T]
  std::vector<Vec2> uv;                   // [U]
  std::vector<std::int32_t> mirror;       // [V]
  FaceParts parts;                        // [V]
  std::vector<std::int32_t> of_base;      // [base vertices] the vertex that follows it, or -1
  std::vector<std::uint8_t> inner_mouth;  // [base vertices] 1 behind the lips
  std::vector<std::uint8_t> socket;       // [base vertices] 1 behind the lids

  std::int64_t vertices() const { return static_cast<std::int64_t>(blend.size()); }
  /// Any field of the base mesh's vertices, on this mesh's.
  std::vector<Vec3> carried(const std::vector<Vec3>& base) const;
};

/// `base` is the mean person's mesh, symmetric across x = 0, in the wheel's order. The skin is cut
/// by a level plane through the neck. Positions, and all that is carried, follow two steps of
/// Catmull and Clark; a face has the corners of one step, or of two where it is fine, and
/// triangles meet their neighbours corner to corner.
///
/// Errors   InputError naming the wheel when its mesh is not symmetric or not manifold there.
HeadMesh cut_head(const Wheel& wheel, const std::vector<Vec3>& base, Detail detail);

}  // namespace fgcn::mesh::makehuman
