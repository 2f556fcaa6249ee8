#include "mesh/simplify.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <queue>
#include <tuple>
#include <utility>

#include "kernels/core/error.h"
#include "mesh/quadric.h"
#include "mesh/simplify_reference.h"
#include "mesh/topology.h"

namespace fgcn::mesh {
namespace {

// A border's plane stands upright on its triangle and weighs ten times the area next to it: enough
// to keep the outline, while a collapse along a straight border stays free.
constexpr double kBorderWeight = 10.0;
// A thousandth of the squared length is added to the squared distance: where the surface is flat
// all distances are zero, and short edges first gives even triangles there.
constexpr double kLengthWeight = 1e-3;

/// Limits on a collapse; the next limits are tried when no collapse meets the ones before.
struct Allowance {
  double least_turn;   // cosine between a triangle's old and new normal
  double least_shape;  // 1 for an equilateral triangle, 0 for a degenerate one
  bool keeps_surface;  // no pinch, no torn border; without it everything is allowed
};
constexpr Allowance kAllowances[] = {
    {0.5, 0.1, true}, {0.1, 0.02, true}, {-2.0, 0.0, true}, {0.0, 0.0, false}};

/// The vertex `gone` moves onto `stays`. Stale once the stamp of either has changed.
struct Candidate {
  double cost;
  std::int32_t gone;
  std::int32_t stays;
  std::int32_t gone_stamp;
  std::int32_t stays_stamp;
  bool operator>(const Candidate& other) const {
    return std::tie(cost, gone, stays) > std::tie(other.cost, other.gone, other.stays);
  }
};

class CarefulCollapse {
 public:
  explicit CarefulCollapse(const TriangleMesh& mesh)
      : position_(mesh.vertices),
        triangles_(mesh.triangles),
        alive_(mesh.triangles.size(), 1),
        around_(mesh.vertices.size()),
        quadric_(mesh.vertices.size()),
        area_(mesh.vertices.size(), 0.0),
        stamp_(mesh.vertices.size(), 0),
        present_(mesh.vertices.size(), 1),
        count_(static_cast<std::int64_t>(mesh.vertices.size())) {
    for (std::size_t t = 0; t < triangles_.size(); ++t) {
      const auto& [a, b, c] = triangles_[t];
      if (a == b || b == c || c == a) {
        alive_[t] = 0;
        continue;
      }
      for (const std::int32_t v : triangles_[t]) around_[v].push_back(static_cast<std::int32_t>(t));
    }
    add_planes();
  }

  Simplified run(std::int64_t wanted) {
    drop_isolated(wanted);
    for (const Allowance& allowance : kAllowances) {
      if (count_ <= wanted) break;
      collapse_all(wanted, allowance);
      drop_isolated(wanted);
    }
    std::vector<Triangle> left;
    for (std::size_t t = 0; t < triangles_.size(); ++t)
      if (alive_[t] != 0) left.push_back(triangles_[t]);
    return compacted(left, present_);
  }

 private:
  Vec3 area_normal(const Triangle& t) const {
    return cross(position_[t[1]] - position_[t[0]], position_[t[2]] - position_[t[0]]);
  }

  void add_planes() {
    std::vector<Edge> all;
    {
      std::vector<Triangle> proper;
      for (std::size_t t = 0; t < triangles_.size(); ++t)
        if (alive_[t] != 0) proper.push_back(triangles_[t]);
      all = edges(static_cast<std::int64_t>(position_.size()), proper);
    }
    const auto is_border = [&](std::int32_t a, std::int32_t b) {
      const auto [low, high] = std::minmax(a, b);
      const std::array<std::int32_t, 2> wanted{low, high};
      const auto found = std::lower_bound(
          all.begin(), all.end(), wanted,
          [](const Edge& e, const std::array<std::int32_t, 2>& v) { return e.vertex < v; });
      return found->triangles == 1;
    };
    for (std::size_t i = 0; i < triangles_.size(); ++i) {
      if (alive_[i] == 0) continue;
      const Triangle& t = triangles_[i];
      const Vec3 normal = area_normal(t);
      const double area = 0.5 * norm(normal);
      const Vec3 n = normalised(normal);
      for (int k = 0; k < 3; ++k) {
        const std::int32_t a = t[k];
        const std::int32_t b = t[(k + 1) % 3];
        quadric_[a] = quadric_[a] + Quadric::plane(n, -dot(n, position_[a]), area);
        area_[a] += area;
        if (!is_border(a, b)) continue;
        const Vec3 upright = normalised(cross(position_[b] - position_[a], n));
        const Quadric q =
            Quadric::plane(upright, -dot(upright, position_[a]), kBorderWeight * area);
        quadric_[a] = quadric_[a] + q;
        quadric_[b] = quadric_[b] + q;
      }
    }
  }

  /// The other corners of the triangles around v, ascending, each as often as it occurs.
  void ring(std::int32_t v, std::vector<std::int32_t>& out) const {
    out.clear();
    for (const std::int32_t t : around_[v])
      for (const std::int32_t w : triangles_[t])
        if (w != v) out.push_back(w);
    std::sort(out.begin(), out.end());
  }

  void push_edges(std::int32_t v) {
    ring(v, ring_);
    ring_.erase(std::unique(ring_.begin(), ring_.end()), ring_.end());
    for (const std::int32_t w : ring_) {
      push(v, w);
      push(w, v);
    }
  }
  void push(std::int32_t gone, std::int32_t stays) {
    const Quadric sum = quadric_[gone] + quadric_[stays];
    const Vec3 way = position_[stays] - position_[gone];
    const double cost = std::max(sum(position_[stays]), 0.0) +
                        kLengthWeight * (area_[gone] + area_[stays]) * dot(way, way);
    queue_.push({cost, gone, stays, stamp_[gone], stamp_[stays]});
  }

  void collapse_all(std::int64_t wanted, const Allowance& allowance) {
    queue_ = {};
    for (std::size_t v = 0; v < position_.size(); ++v) {
      if (present_[v] == 0) continue;
      ring(static_cast<std::int32_t>(v), ring_);
      ring_.erase(std::unique(ring_.begin(), ring_.end()), ring_.end());
      for (const std::int32_t w : ring_) push(static_cast<std::int32_t>(v), w);
    }
    // A refused collapse may become possible when the surface around it has changed.
    std::vector<Candidate> refused;
    bool changed = true;
    while (changed) {
      changed = false;
      for (const Candidate& c : refused) queue_.push(c);
      refused.clear();
      while (count_ > wanted && !queue_.empty()) {
        const Candidate c = queue_.top();
        queue_.pop();
        if (present_[c.gone] == 0 || present_[c.stays] == 0 || stamp_[c.gone] != c.gone_stamp ||
            stamp_[c.stays] != c.stays_stamp)
          continue;
        if (!allowed(c.gone, c.stays, allowance)) {
          refused.push_back(c);
          continue;
        }
        collapse(c.gone, c.stays);
        changed = true;
      }
      if (count_ <= wanted) return;
    }
  }

  bool allowed(std::int32_t gone, std::int32_t stays, const Allowance& allowance) {
    if (!allowance.keeps_surface) return true;
    if (!link_condition(gone, stays)) return false;
    for (const std::int32_t t : around_[gone]) {
      Triangle moved = triangles_[t];
      if (std::find(moved.begin(), moved.end(), stays) != moved.end()) continue;
      const Vec3 before = area_normal(moved);
      std::replace(moved.begin(), moved.end(), gone, stays);
      const Vec3 after = area_normal(moved);
      const double size = norm(after);
      double sides = 0;
      for (int k = 0; k < 3; ++k) {
        const Vec3 side = position_[moved[(k + 1) % 3]] - position_[moved[k]];
        sides += dot(side, side);
      }
      constexpr double kEquilateral =
          3.4641016151377544;  // 2 sqrt(3): sides^2 per |a x b|, inverse
      if (!(kEquilateral * size > allowance.least_shape * sides)) return false;
      const double old = norm(before);
      if (old > 0 && !(dot(before, after) > allowance.least_turn * old * size)) return false;
    }
    return true;
  }

  /// The two ends share exactly the corners opposite to their edge, and an inner edge does not join
  /// two places of the border: then the collapse keeps the topology of the surface.
  bool link_condition(std::int32_t a, std::int32_t b) {
    ring(a, ring_);
    ring(b, other_ring_);
    const auto on_edge = std::count(ring_.begin(), ring_.end(), b);  // triangles with both ends
    const auto on_border = [](const std::vector<std::int32_t>& sorted) {
      for (std::size_t i = 0; i < sorted.size();) {
        std::size_t next = i;
        while (next < sorted.size() && sorted[next] == sorted[i]) ++next;
        if (next - i == 1) return true;
        i = next;
      }
      return false;
    };
    if (on_edge != 1 && on_border(ring_) && on_border(other_ring_)) return false;
    // The last triangle of a component, or a closed piece of four, would vanish.
    if (ring_.size() <= 2 && other_ring_.size() <= 2) return false;
    ring_.erase(std::unique(ring_.begin(), ring_.end()), ring_.end());
    other_ring_.erase(std::unique(other_ring_.begin(), other_ring_.end()), other_ring_.end());
    std::int64_t common = 0;
    for (const std::int32_t v : ring_)
      common += std::binary_search(other_ring_.begin(), other_ring_.end(), v) ? 1 : 0;
    if (on_edge == 2 && ring_.size() == 3 && other_ring_.size() == 3) return false;
    return common == on_edge;
  }

  void collapse(std::int32_t gone, std::int32_t stays) {
    for (const std::int32_t t : around_[gone]) {
      Triangle& triangle = triangles_[t];
      if (std::find(triangle.begin(), triangle.end(), stays) == triangle.end()) {
        std::replace(triangle.begin(), triangle.end(), gone, stays);
        around_[stays].push_back(t);
        continue;
      }
      alive_[t] = 0;
      for (const std::int32_t v : triangle)
        if (v != gone) std::erase(around_[v], t);
    }
    around_[gone] = {};
    present_[gone] = 0;
    --count_;
    quadric_[stays] = quadric_[stays] + quadric_[gone];
    area_[stays] += area_[gone];
    ++stamp_[stays];
    push_edges(stays);
  }

  /// Vertices without triangles hold up nothing: they go before any edge does, the last first.
  void drop_isolated(std::int64_t wanted) {
    for (std::size_t v = position_.size(); v-- > 0 && count_ > wanted;) {
      if (present_[v] == 0 || !around_[v].empty()) continue;
      present_[v] = 0;
      --count_;
    }
  }

  const std::vector<Vec3>& position_;
  std::vector<Triangle> triangles_;
  std::vector<std::uint8_t> alive_;
  std::vector<std::vector<std::int32_t>> around_;  // living triangles at each vertex
  std::vector<Quadric> quadric_;
  std::vector<double> area_;
  std::vector<std::int32_t> stamp_;
  std::vector<std::uint8_t> present_;
  std::int64_t count_;
  std::vector<std::int32_t> ring_;
  std::vector<std::int32_t> other_ring_;
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue_;
};

}  // namespace

Simplified compacted(const std::vector<Triangle>& triangles, std::vector<std::uint8_t> used) {
  for (const Triangle& t : triangles)
    for (const std::int32_t v : t) used[v] = 1;
  Simplified out;
  std::vector<std::int32_t> place(used.size(), -1);
  for (std::size_t v = 0; v < used.size(); ++v) {
    if (used[v] == 0) continue;
    place[v] = static_cast<std::int32_t>(out.kept.size());
    out.kept.push_back(static_cast<std::int32_t>(v));
  }
  for (const Triangle& t : triangles)
    out.triangles.push_back({place[t[0]], place[t[1]], place[t[2]]});
  return out;
}

Simplified simplify(const TriangleMesh& mesh, std::int64_t wanted, CollapseRule rule) {
  check(mesh);
  const auto vertices = static_cast<std::int64_t>(mesh.vertices.size());
  FGCN_CHECK(wanted >= 1 && wanted <= vertices, "simplify: ", wanted, " vertices wanted of ",
             vertices);
  for (const Vec3& p : mesh.vertices)
    FGCN_CHECK(finite(p), "simplify: a vertex is at (", p[0], ", ", p[1], ", ", p[2], ")");
  if (rule == CollapseRule::kReference) return simplify_reference(mesh, wanted);
  return CarefulCollapse(mesh).run(wanted);
}

}  // namespace fgcn::mesh
