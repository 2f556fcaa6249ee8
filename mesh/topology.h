// Edges of a triangle list, and the triangles around a vertex.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "io/mesh/triangle_mesh.h"
#include "kernels/core/csr.h"

namespace fgcn::mesh {

/// Two vertices, the smaller first, and in how many triangles they meet: 1 on a border, 2 inside,
/// more where the mesh is not a surface.
struct Edge {
  std::array<std::int32_t, 2> vertex;
  std::int32_t triangles;
};

/// Each edge once, sorted. The functions below throw Error on an index outside [0, vertices).
std::vector<Edge> edges(std::int64_t vertices, std::span<const Triangle> triangles);

/// [V] 1 at both ends of every edge that lies in one triangle only.
std::vector<std::uint8_t> border_vertices(std::int64_t vertices,
                                          std::span<const Triangle> triangles);

/// Triangles around each vertex, ascending: those of v are triangle[begin[v] .. begin[v + 1]).
struct VertexTriangles {
  std::vector<std::int32_t> begin;     // [V + 1]
  std::vector<std::int32_t> triangle;  // [3 T]

  std::span<const std::int32_t> around(std::int64_t v) const {
    return std::span(triangle).subspan(static_cast<std::size_t>(begin[v]),
                                       static_cast<std::size_t>(begin[v + 1] - begin[v]));
  }
};
VertexTriangles vertex_triangles(std::int64_t vertices, std::span<const Triangle> triangles);

/// Weighted adjacency  A_ij = the number of triangles with the edge ij,  [V, V], symmetric.
///
/// Source   docs/method.md, "Mesh hierarchy". Each triangle counts its edges once in either
///          direction, so that an inner edge weighs 2 and a border edge 1. A binary adjacency
///          gives another Laplacian.
Csr adjacency(std::int64_t vertices, std::span<const Triangle> triangles);

}  // namespace fgcn::mesh
