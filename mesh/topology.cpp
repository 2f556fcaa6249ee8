#include "mesh/topology.h"

#include <algorithm>
#include <utility>

#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

void check_indices(std::int64_t vertices, std::span<const Triangle> triangles) {
  for (std::size_t t = 0; t < triangles.size(); ++t)
    for (const std::int32_t v : triangles[t])
      FGCN_CHECK(v >= 0 && v < vertices, "topology: triangle ", t, " names vertex ", v, " of ",
                 vertices);
}

}  // namespace

std::vector<Edge> edges(std::int64_t vertices, std::span<const Triangle> triangles) {
  check_indices(vertices, triangles);
  std::vector<std::array<std::int32_t, 2>> sides;
  sides.reserve(3 * triangles.size());
  for (const Triangle& t : triangles) {
    for (int k = 0; k < 3; ++k) {
      const auto [a, b] = std::minmax(t[k], t[(k + 1) % 3]);
      if (a != b) sides.push_back({a, b});
    }
  }
  std::sort(sides.begin(), sides.end());
  std::vector<Edge> out;
  for (const auto& side : sides) {
    if (out.empty() || out.back().vertex != side) out.push_back({side, 0});
    ++out.back().triangles;
  }
  return out;
}

std::vector<std::uint8_t> border_vertices(std::int64_t vertices,
                                          std::span<const Triangle> triangles) {
  std::vector<std::uint8_t> out(static_cast<std::size_t>(vertices), 0);
  for (const Edge& e : edges(vertices, triangles))
    if (e.triangles == 1) out[e.vertex[0]] = out[e.vertex[1]] = 1;
  return out;
}

VertexTriangles vertex_triangles(std::int64_t vertices, std::span<const Triangle> triangles) {
  check_indices(vertices, triangles);
  VertexTriangles out{std::vector<std::int32_t>(static_cast<std::size_t>(vertices) + 1, 0),
                      std::vector<std::int32_t>(3 * triangles.size())};
  for (const Triangle& t : triangles)
    for (const std::int32_t v : t) ++out.begin[static_cast<std::size_t>(v) + 1];
  for (std::int64_t v = 0; v < vertices; ++v) out.begin[v + 1] += out.begin[v];
  std::vector<std::int32_t> next(out.begin.begin(), out.begin.end() - 1);
  for (std::size_t t = 0; t < triangles.size(); ++t)
    for (const std::int32_t v : triangles[t])
      out.triangle[next[v]++] = static_cast<std::int32_t>(t);
  return out;
}

Csr adjacency(std::int64_t vertices, std::span<const Triangle> triangles) {
  check_indices(vertices, triangles);
  std::vector<Triplet> entries;
  entries.reserve(6 * triangles.size());
  for (const Triangle& t : triangles) {
    for (int k = 0; k < 3; ++k) {
      entries.push_back({t[k], t[(k + 1) % 3], 1.0});
      entries.push_back({t[(k + 1) % 3], t[k], 1.0});
    }
  }
  return csr_from_triplets(vertices, vertices, std::move(entries));
}

}  // namespace fgcn::mesh
