// Tangents of a textured mesh: the frames that a normal map counts in.
#pragma once

#include <array>
#include <vector>

#include "io/mesh/render_mesh.h"

namespace fgcn::mesh {

/// Of a vertex: the direction in which u grows along the surface, at a right angle to the normal
/// and of length 1, and a sign w. The direction in which v grows (up in the texture) is w
/// cross(normal, tangent).
///
/// Each triangle's direction, laid into the plane of the vertex's normal, counts by the triangle's
/// angle there, as MikkTSpace has it. A vertex whose triangles say nothing (no area in the texture
/// or on the surface) takes any direction and w = 1.
///
///   result  [V]
///
/// Errors   fgcn::Error when the mesh is malformed or lacks normals or texture coordinates.
/// Source   Mikkelsen, Simulation of Wrinkled Surfaces Revisited, 2008.
std::vector<std::array<double, 4>> vertex_tangents(const RenderMesh& mesh);

/// Gives a mesh with a normal map its frames: normals where it has none, and tangents anew. A mesh
/// without texture coordinates loses the map, which would lie nowhere; one without a map stays.
void make_frames(RenderMesh& mesh);

}  // namespace fgcn::mesh
