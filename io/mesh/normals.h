// Normals of a triangle mesh.
#pragma once

#include <span>
#include <vector>

#include "io/mesh/triangle_mesh.h"

namespace fgcn::mesh {

/// Vertex normal  n_v = normalise( sum over the triangles (a, b, c) at v of (b - a) x (c - a) ).
///
///   result  [V]  of unit length; zero where no triangle has an area, and where areas cancel: up to
///           rounding in double (kernels/core/normal_sum.h)
///
/// The sum is weighted by area. Triangles counter-clockwise from outside give outward normals.
/// Errors   fgcn::Error on an index out of range.
/// Source   docs/method.md, "Pose and normals".
std::vector<Vec3> vertex_normals(const TriangleMesh& mesh);

}  // namespace fgcn::mesh
