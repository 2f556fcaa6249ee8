#include "mesh/simplify_reference.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

#include "mesh/quadric.h"
#include "mesh/staged_queue.h"
#include "mesh/topology.h"

namespace fgcn::mesh {
namespace {

/// One edge of the queue. Its ends are named by the vertices they had at first; where those lie now
/// is looked up.
struct Waiting {
  double cost;
  std::int32_t r;
  std::int32_t c;
  bool operator>(const Waiting& other) const {
    return std::tie(cost, r, c) > std::tie(other.cost, other.r, other.c);
  }
};

class ReferenceCollapse {
 public:
  explicit ReferenceCollapse(const TriangleMesh& mesh)
      : position_(mesh.vertices),
        triangles_(mesh.triangles),
        alive_(mesh.triangles.size(), 1),
        around_(mesh.vertices.size()),
        quadric_(mesh.vertices.size()),
        uses_(mesh.vertices.size(), 0),
        became_(mesh.vertices.size()) {
    for (std::size_t t = 0; t < triangles_.size(); ++t) {
      const auto& [a, b, c] = triangles_[t];
      const Vec3 n = normalised(cross(position_[b] - position_[a], position_[c] - position_[a]));
      const Quadric q = Quadric::plane(n, -dot(n, position_[a]), 1.0);
      for (const std::int32_t v : triangles_[t]) {
        quadric_[v] = quadric_[v] + q;
        around_[v].push_back(static_cast<std::int32_t>(t));
        if (uses_[v]++ == 0) ++used_;
      }
    }
    for (std::size_t v = 0; v < became_.size(); ++v) became_[v] = static_cast<std::int32_t>(v);
    for (const Edge& e : edges(static_cast<std::int64_t>(position_.size()), triangles_)) {
      const double cost = costs(e.vertex[0], e.vertex[1]).least();
      // Coordinates near the largest double overflow, and the queue has no place for NaN.
      queue_.push({std::isnan(cost) ? std::numeric_limits<double>::infinity() : cost, e.vertex[0],
                   e.vertex[1]});
    }
  }

  Simplified run(std::int64_t wanted) {
    // The original counts the unused vertices too until its first collapse.
    auto count = static_cast<std::int64_t>(position_.size());
    const auto outdated = [&](const Waiting& e) { return now(e.r) == now(e.c); };
    for (Waiting e{}; count > wanted && queue_.pop(e, outdated);) {
      const std::int32_t r = now(e.r);
      const std::int32_t c = now(e.c);
      if (r == c) continue;
      const Costs cost = costs(r, c);
      if (cost.least() > e.cost) {  // a quadric grew since: wait again. A fall is taken at once.
        e.cost = cost.least();
        queue_.push(e);
        continue;
      }
      const bool destroy_c = cost.onto_r < cost.onto_c;
      collapse(destroy_c ? c : r, destroy_c ? r : c);
      quadric_[r] = quadric_[c] = quadric_[r] + quadric_[c];
      count = used_;
    }
    std::vector<Triangle> left;
    for (std::size_t t = 0; t < triangles_.size(); ++t)
      if (alive_[t] != 0) left.push_back(triangles_[t]);
    return compacted(left, std::vector<std::uint8_t>(position_.size(), 0));
  }

 private:
  struct Costs {
    double onto_r;
    double onto_c;
    double least() const { return std::min(onto_r, onto_c); }
  };
  Costs costs(std::int32_t r, std::int32_t c) const {
    const Quadric sum = quadric_[r] + quadric_[c];
    return {sum(position_[r]), sum(position_[c])};
  }

  std::int32_t now(std::int32_t v) {
    while (became_[v] != v) {
      became_[v] = became_[became_[v]];
      v = became_[v];
    }
    return v;
  }

  void release(std::int32_t v) {
    if (--uses_[v] == 0) --used_;
  }

  void collapse(std::int32_t gone, std::int32_t stays) {
    became_[gone] = stays;
    for (const std::int32_t t : around_[gone]) {
      if (alive_[t] == 0) continue;
      for (std::int32_t& v : triangles_[t]) {
        if (v != gone) continue;
        v = stays;
        if (uses_[stays]++ == 0) ++used_;
        release(gone);
        around_[stays].push_back(t);
      }
      const auto& [a, b, c] = triangles_[t];
      if (a != b && b != c && c != a) continue;
      alive_[t] = 0;
      for (const std::int32_t v : triangles_[t]) release(v);
    }
    around_[gone] = {};
  }

  const std::vector<Vec3>& position_;
  std::vector<Triangle> triangles_;
  std::vector<std::uint8_t> alive_;
  std::vector<std::vector<std::int32_t>> around_;
  std::vector<Quadric> quadric_;
  std::vector<std::int32_t> uses_;  // corners of living triangles at each vertex
  std::int64_t used_ = 0;           // vertices with any
  std::vector<std::int32_t> became_;
  StagedQueue<Waiting> queue_;
};

}  // namespace

Simplified simplify_reference(const TriangleMesh& mesh, std::int64_t wanted) {
  return ReferenceCollapse(mesh).run(wanted);
}

}  // namespace fgcn::mesh
