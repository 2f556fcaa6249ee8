#include "mesh/loop.h"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

void check_count(std::size_t vertices) {
  FGCN_CHECK(vertices <= static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()),
             "subdivide: ", vertices, " vertices are too many");
}

/// The edges in the order of their higher vertex, then of the lower one.
class EdgeTable {
 public:
  struct Edge {
    std::int32_t low, high;
    std::int32_t triangles = 0;
    std::array<std::int32_t, 2> opposite{};  // of the first two triangles
    bool border() const { return triangles != 2; }
  };

  explicit EdgeTable(const TriangleMesh& mesh) : begin_(mesh.vertices.size() + 1, 0) {
    struct Side {
      std::int32_t low, opposite;
    };
    std::vector<std::int64_t> first(mesh.vertices.size() + 1, 0);
    for (std::size_t t = 0; t < mesh.triangles.size(); ++t) {
      const Triangle& corner = mesh.triangles[t];
      for (int k = 0; k < 3; ++k) {
        const auto [low, high] = std::minmax(corner[k], corner[(k + 1) % 3]);
        FGCN_CHECK(low != high, "loop: triangle ", t, " names vertex ", low, " twice");
        ++first[static_cast<std::size_t>(high) + 1];
      }
    }
    for (std::size_t v = 1; v < first.size(); ++v) first[v] += first[v - 1];
    std::vector<Side> sides(3 * mesh.triangles.size());
    std::vector<std::int64_t> next(first.begin(), first.end() - 1);
    for (const Triangle& corner : mesh.triangles) {
      for (int k = 0; k < 3; ++k) {
        const auto [low, high] = std::minmax(corner[k], corner[(k + 1) % 3]);
        sides[static_cast<std::size_t>(next[high]++)] = {low, corner[(k + 2) % 3]};
      }
    }
    edges_.reserve(sides.size() / 2 + 1);
    for (std::size_t high = 0; high + 1 < first.size(); ++high) {
      const auto from = sides.begin() + first[high], to = sides.begin() + first[high + 1];
      std::stable_sort(from, to, [](const Side& a, const Side& b) { return a.low < b.low; });
      begin_[high] = static_cast<std::int64_t>(edges_.size());
      for (auto side = from; side != to; ++side) {
        if (side == from || side->low != edges_.back().low)
          edges_.push_back({side->low, static_cast<std::int32_t>(high)});
        Edge& edge = edges_.back();
        if (edge.triangles < 2) edge.opposite[edge.triangles] = side->opposite;
        ++edge.triangles;
      }
    }
    begin_.back() = static_cast<std::int64_t>(edges_.size());
  }

  const std::vector<Edge>& all() const { return edges_; }
  std::int32_t place(std::int32_t a, std::int32_t b) const {
    const auto [low, high] = std::minmax(a, b);
    const auto from = edges_.begin() + begin_[high], to = edges_.begin() + begin_[high + 1];
    const auto found = std::lower_bound(
        from, to, low, [](const Edge& e, std::int32_t wanted) { return e.low < wanted; });
    return static_cast<std::int32_t>(found - edges_.begin());
  }

 private:
  std::vector<Edge> edges_;
  std::vector<std::int64_t> begin_;  // [V + 1] first edge of each higher vertex
};

struct Around {
  Vec3 sum{}, border_sum{};
  std::int32_t neighbors = 0, border_neighbors = 0;
};

Vec3 moved(const Vec3& v, const Around& around) {
  if (around.border_neighbors == 2) return 0.75 * v + 0.125 * around.border_sum;
  if (around.border_neighbors != 0 || around.neighbors < 3) return v;
  const double n = around.neighbors;
  const double w = around.neighbors == 3 ? 3.0 / 16 : 3 / (8 * n);
  return (1 - n * w) * v + w * around.sum;
}

}  // namespace

TriangleMesh loop_subdivided(const TriangleMesh& mesh) {
  check(mesh);
  const EdgeTable edges(mesh);
  check_count(mesh.vertices.size() + edges.all().size());
  std::vector<Around> around(mesh.vertices.size());
  for (const EdgeTable::Edge& e : edges.all()) {
    for (const auto& [v, other] : {std::pair(e.low, e.high), std::pair(e.high, e.low)}) {
      Around& at = around[v];
      at.sum = at.sum + mesh.vertices[other];
      ++at.neighbors;
      if (!e.border()) continue;
      at.border_sum = at.border_sum + mesh.vertices[other];
      ++at.border_neighbors;
    }
  }
  const auto old = static_cast<std::int64_t>(mesh.vertices.size());
  const auto added = static_cast<std::int64_t>(edges.all().size());
  const auto triangles = static_cast<std::int64_t>(mesh.triangles.size());
  TriangleMesh out;
  out.vertices.resize(static_cast<std::size_t>(old + added));
  out.triangles.resize(4 * mesh.triangles.size());
#pragma omp parallel
  {
#pragma omp for
    for (std::int64_t v = 0; v < old; ++v) out.vertices[v] = moved(mesh.vertices[v], around[v]);
#pragma omp for
    for (std::int64_t i = 0; i < added; ++i) {
      const EdgeTable::Edge& e = edges.all()[i];
      const Vec3 ends = mesh.vertices[e.low] + mesh.vertices[e.high];
      out.vertices[old + i] = e.border() ? 0.5 * ends
                                         : 0.375 * ends + 0.125 * (mesh.vertices[e.opposite[0]] +
                                                                   mesh.vertices[e.opposite[1]]);
    }
#pragma omp for
    for (std::int64_t t = 0; t < triangles; ++t) {
      const auto& [a, b, c] = mesh.triangles[t];
      const auto first = static_cast<std::int32_t>(old);
      const std::int32_t ab = first + edges.place(a, b), bc = first + edges.place(b, c),
                         ca = first + edges.place(c, a);
      out.triangles[4 * t] = {ab, b, bc};
      out.triangles[4 * t + 1] = {bc, c, ca};
      out.triangles[4 * t + 2] = {ca, a, ab};
      out.triangles[4 * t + 3] = {ab, bc, ca};
    }
  }
  return out;
}

TriangleMesh centroid_subdivided(const TriangleMesh& mesh) {
  check(mesh);
  check_count(mesh.vertices.size() + mesh.triangles.size());
  TriangleMesh out{mesh.vertices, {}};
  out.vertices.reserve(mesh.vertices.size() + mesh.triangles.size());
  out.triangles.reserve(3 * mesh.triangles.size());
  for (const auto& [a, b, c] : mesh.triangles) {
    const auto m = static_cast<std::int32_t>(out.vertices.size());
    out.vertices.push_back((1.0 / 3) * (mesh.vertices[a] + mesh.vertices[b] + mesh.vertices[c]));
    out.triangles.insert(out.triangles.end(), {{a, b, m}, {b, c, m}, {c, a, m}});
  }
  return out;
}

}  // namespace fgcn::mesh
