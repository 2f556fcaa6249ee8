#include "mesh/vertex_order.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

/// Breadth-first search over one component, reusing one set of marks.
class Layers {
 public:
  explicit Layers(const Csr& graph) : graph_(graph), depth_(graph.rows, -1) {}

  std::int32_t degree(std::int32_t v) const {
    return graph_.row_begin[v + 1] - graph_.row_begin[v];
  }

  /// Visits from `start`, neighbours by degree, then index. Returns the number of layers.
  std::int32_t visit(std::int32_t start) {
    for (const std::int32_t v : visited_) depth_[v] = -1;
    visited_.assign(1, start);
    depth_[start] = 0;
    for (std::size_t i = 0; i < visited_.size(); ++i) {
      const std::int32_t v = visited_[i];
      const std::size_t first = visited_.size();
      for (std::int32_t e = graph_.row_begin[v]; e < graph_.row_begin[v + 1]; ++e) {
        if (depth_[graph_.col[e]] >= 0) continue;
        depth_[graph_.col[e]] = depth_[v] + 1;
        visited_.push_back(graph_.col[e]);
      }
      std::sort(visited_.begin() + static_cast<std::ptrdiff_t>(first), visited_.end(),
                [this](std::int32_t a, std::int32_t b) {
                  return std::pair(degree(a), a) < std::pair(degree(b), b);
                });
    }
    return depth_[visited_.back()] + 1;
  }

  /// The vertex of least degree in the last layer.
  std::int32_t far_end() const {
    std::int32_t best = visited_.back();
    for (std::size_t i = visited_.size(); i-- > 0;) {
      const std::int32_t v = visited_[i];
      if (depth_[v] != depth_[visited_.back()]) break;
      if (std::pair(degree(v), v) < std::pair(degree(best), best)) best = v;
    }
    return best;
  }

  const std::vector<std::int32_t>& visited() const { return visited_; }

 private:
  const Csr& graph_;
  std::vector<std::int32_t> depth_;  // -1 where not visited
  std::vector<std::int32_t> visited_;
};

}  // namespace

VertexOrder banded_order(const Csr& graph) {
  check(graph);
  FGCN_CHECK(graph.rows == graph.cols, "order: the graph is ", graph.rows, " by ", graph.cols,
             ", expected a square");
  Layers layers(graph);
  VertexOrder out;
  out.reserve(static_cast<std::size_t>(graph.rows));
  std::vector<std::uint8_t> placed(static_cast<std::size_t>(graph.rows), 0);
  for (std::int32_t seed = 0; seed < graph.rows; ++seed) {
    if (placed[seed] != 0) continue;
    // Walk to a far end until the search gets no deeper: narrow layers make a narrow band.
    std::int32_t start = seed;
    std::int32_t depth = layers.visit(start);
    for (;;) {
      const std::int32_t candidate = layers.far_end();
      const std::int32_t deeper = layers.visit(candidate);
      if (deeper <= depth) break;
      start = candidate;
      depth = deeper;
    }
    layers.visit(start);
    for (const std::int32_t v : layers.visited()) placed[v] = 1;
    out.insert(out.end(), layers.visited().begin(), layers.visited().end());
  }
  std::reverse(out.begin(), out.end());
  return out;
}

std::int64_t bandwidth(const Csr& matrix) {
  std::int64_t widest = 0;
  for (std::int64_t r = 0; r < matrix.rows; ++r)
    for (std::int32_t e = matrix.row_begin[r]; e < matrix.row_begin[r + 1]; ++e)
      widest = std::max(widest, std::abs(r - matrix.col[e]));
  return widest;
}

VertexOrder inverse(const VertexOrder& order) {
  VertexOrder out(order.size(), -1);
  for (std::size_t p = 0; p < order.size(); ++p) {
    const std::int32_t old = order[p];
    FGCN_CHECK(old >= 0 && static_cast<std::size_t>(old) < order.size() && out[old] < 0,
               "order: place ", p, " holds ", old, ", which makes it no permutation");
    out[old] = static_cast<std::int32_t>(p);
  }
  return out;
}

Csr permuted(const Csr& matrix, const VertexOrder& row_order, const VertexOrder& col_order) {
  FGCN_CHECK(static_cast<std::int64_t>(row_order.size()) == matrix.rows &&
                 static_cast<std::int64_t>(col_order.size()) == matrix.cols,
             "order: of ", row_order.size(), " rows and ", col_order.size(), " columns for a ",
             matrix.rows, " by ", matrix.cols, " matrix");
  const VertexOrder new_row = inverse(row_order);
  const VertexOrder new_col = inverse(col_order);
  std::vector<Triplet> entries;
  entries.reserve(matrix.col.size());
  for (std::int64_t r = 0; r < matrix.rows; ++r)
    for (std::int32_t e = matrix.row_begin[r]; e < matrix.row_begin[r + 1]; ++e)
      entries.push_back({new_row[r], new_col[matrix.col[e]], matrix.value[e]});
  return csr_from_triplets(matrix.rows, matrix.cols, std::move(entries));
}

TriangleMesh permuted(const TriangleMesh& mesh, const VertexOrder& order) {
  FGCN_CHECK(order.size() == mesh.vertices.size(), "order: of ", order.size(), " vertices for ",
             mesh.vertices.size());
  const VertexOrder place = inverse(order);
  TriangleMesh out;
  out.vertices.reserve(order.size());
  for (const std::int32_t old : order) out.vertices.push_back(mesh.vertices[old]);
  out.triangles.reserve(mesh.triangles.size());
  for (const Triangle& t : mesh.triangles)
    out.triangles.push_back({place[t[0]], place[t[1]], place[t[2]]});
  return out;
}

}  // namespace fgcn::mesh
