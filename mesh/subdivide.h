// Subdivision of polygons as a linear map, so that whatever lives on the vertices subdivides too.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "io/mesh/triangle_mesh.h"

namespace fgcn::mesh {

/// A linear combination of rows: (row, weight), rows ascending.
using Blend = std::vector<std::pair<std::int32_t, double>>;

/// The sum over a blend. Rows ascend and sums run in their order, so that equal blends give equal
/// bits.
Vec3 blended(const Blend& blend, const std::vector<Vec3>& rows);
Vec2 blended(const Blend& blend, const std::vector<Vec2>& rows);

/// outer after inner: row i = sum over outer[i] of inner's rows.
std::vector<Blend> composed(const std::vector<Blend>& outer, const std::vector<Blend>& inner);

/// Faces of any number of corners; a corner has a vertex and a row of texture coordinates.
struct Polygons {
  std::int32_t vertices = 0;
  std::int32_t uvs = 0;
  std::vector<std::int32_t> begin{0};  // [F + 1]
  std::vector<std::int32_t> vertex;    // [corners]
  std::vector<std::int32_t> uv;        // [corners]

  std::int32_t faces() const { return static_cast<std::int32_t>(begin.size()) - 1; }
  std::int32_t corners(std::int32_t face) const {
    return begin[static_cast<std::size_t>(face) + 1] - begin[static_cast<std::size_t>(face)];
  }
  std::int32_t corner(std::int32_t face, std::int32_t k) const { return vertex[place(face, k)]; }
  std::int32_t uv_corner(std::int32_t face, std::int32_t k) const { return uv[place(face, k)]; }

 private:
  std::size_t place(std::int32_t face, std::int32_t k) const {
    return static_cast<std::size_t>(begin[static_cast<std::size_t>(face)]) +
           static_cast<std::size_t>(k);
  }
};

/// One step of Catmull and Clark. Every face of n corners becomes n quads, corner after corner:
///   [the corner, the point of the edge behind it, the face's point, that of the edge before it].
/// Vertices keep their numbers, the edges' points follow, then the faces'. On a border the curve is
/// the cubic spline of the border alone, so that a border within a plane stays there. Texture
/// coordinates are not smoothed: an edge has its middle, a face the mean of its corners.
///
/// Errors   fgcn::Error when two faces run through an edge in one direction, or one names a vertex
///          out of range.
/// Repeat   bitwise.
/// Source   Catmull and Clark, Computer-Aided Design 10, 1978; borders as Biermann et al. 2000.
struct Subdivision {
  Polygons mesh;
  std::vector<std::array<std::int32_t, 2>> edges;  // lower vertex first, in their points' order
  std::vector<Blend> vertices;                     // [vertices of mesh] of the vertices before
  std::vector<Blend> uvs;                          // [uvs of mesh] of the rows before
};
Subdivision subdivide(const Polygons& mesh);

/// `mirror` of the vertices before the step, carried on to those after it. -1 where the mirror of
/// an edge or a face is none.
std::vector<std::int32_t> subdivided_mirror(const Polygons& before, const Subdivision& step,
                                            const std::vector<std::int32_t>& mirror);

}  // namespace fgcn::mesh
