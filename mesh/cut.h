// A surface cut along a level line of a function on its vertices.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "io/mesh/triangle_mesh.h"

namespace fgcn::mesh {

/// Values [V] that have spread over the surface as heat does, so that a step becomes a slope about
/// `length` wide and its level line smooth. A component with one value keeps it.
///
///   u = (M + length^2 / 2 L)^-2 M^2 value,  M the vertices' areas, L the cotangent Laplacian
///
/// Cotangents below 0 count as 0, so that no value leaves the range of those given.
/// Errors   fgcn::Error when `value` is not one for each vertex, or a triangle's index is out of
///          range.
/// Repeat   bitwise on one machine.
/// Source   Two steps of backward Euler; Desbrun et al., "Implicit Fairing of Irregular Meshes",
///          1999.
std::vector<double> diffused(const TriangleMesh& mesh, const std::vector<double>& value,
                             double length);

/// Gives the level itself to vertices that the line passes nearer than a part `nearest` of an edge:
/// the line then goes through them, and leaves no splinters beside them.
void snap_to_level(std::span<const Triangle> triangles, double level, double nearest,
                   std::vector<double>& value);

/// (1 - t) of the mesh's vertex `inner` and t of `outer`; a vertex itself: both are the same, t 0.
struct CutVertex {
  std::int32_t inner = -1, outer = -1;
  double t = 0;
};

struct CutMesh {
  std::vector<CutVertex> vertices;    // of the mesh, ascending; then those that cut edges
  std::vector<Triangle> triangles;    // places in `vertices`, turned as they were
  std::vector<std::int32_t> sources;  // the mesh's triangle that each is a piece of, ascending
};

/// What lies below the level: triangles, and the pieces of those that the line crosses. Only the
/// vertices that they use. Both ends of an edge give the vertex between them, whichever triangle
/// asks, so that copies along a seam are cut in the same place.
///
/// Errors   fgcn::Error on an index for which there is no value.
CutMesh cut_below(std::span<const Triangle> triangles, std::span<const double> value, double level);

}  // namespace fgcn::mesh
