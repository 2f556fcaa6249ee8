// Triangles into more triangles: Loop's smooth step, and a vertex in each triangle's middle.
#pragma once

#include "io/mesh/triangle_mesh.h"

namespace fgcn::mesh {

/// One step of Loop: every triangle (a, b, c) becomes (ab, b, bc), (bc, c, ca), (ca, a, ab),
/// (ab, bc, ca). Old vertices keep their numbers; the edges' points follow, ordered by their higher
/// vertex, then by their lower one.
///
///   inside     v' = (1 - n w) v + w sum of its n neighbors, w = 3/16 for n = 3, else 3 / (8 n);
///              edge ab between c and d: 3/8 (a + b) + 1/8 (c + d)
///   on border  v' = 6/8 v + 1/8 (both neighbors along the border); edge ab: (a + b) / 2
///
/// A vertex of no triangle stays, and so does one at which several borders meet. An edge of three
/// or more triangles, where the mesh is no surface, is treated as a border.
///
/// Errors   fgcn::Error on an index out of range, a triangle that names a vertex twice, or more
///          vertices than 32 bits count.
/// Repeat   bitwise.
/// Source   Loop, "Smooth Subdivision Surfaces Based on Triangles", 1987, with Warren's weights;
///          borders as Hoppe et al., SIGGRAPH 1994.
TriangleMesh loop_subdivided(const TriangleMesh& mesh);

/// Every triangle (a, b, c) becomes (a, b, m), (b, c, m), (c, a, m), m the mean of its corners,
/// which follows the old vertices in the triangles' order.
///
/// Errors   fgcn::Error on an index out of range, or more vertices than 32 bits count.
TriangleMesh centroid_subdivided(const TriangleMesh& mesh);

}  // namespace fgcn::mesh
