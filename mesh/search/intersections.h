// Triangles of two meshes that meet.
#pragma once

#include <cstdint>
#include <vector>

#include "mesh/closest_point.h"

namespace fgcn::mesh {

/// Whether two triangles have a point in common; to touch is to meet. A triangle without area is a
/// segment or a point. Signs of volumes are computed in double: where a corner lies within rounding
/// of the other plane, they decide as rounded.
///
/// Source   Guigue and Devillers, "Fast and Robust Triangle-Triangle Overlap Test Using Orientation
///          Predicates", Journal of Graphics Tools 2003, by its definition: edges against areas.
bool triangles_meet(const std::array<Vec3, 3>& a, const std::array<Vec3, 3>& b);

/// The triangles of `mesh` that meet one of the tree's, ascending.
///
/// Errors   fgcn::Error for an index out of range and for a corner that is not finite or beyond
///          1e60.
/// Repeat   the same for any number of threads.
std::vector<std::int32_t> intersecting_triangles(const ClosestPointTree& tree,
                                                 const TriangleMesh& mesh);

}  // namespace fgcn::mesh
