#include "mesh/simplify.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "kernels/core/error.h"
#include "mesh/quadric.h"
#include "mesh/simplify_reference.h"
#include "mesh/staged_queue.h"

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

/// The vertex `gone` moves onto `stays`. Outdated once the stamp of either has changed.
struct Candidate {
  double cost;
  std::int32_t gone;
  std::int32_t stays;
  std::int32_t gone_stamp;
  std::int32_t stays_stamp;
  bool operator>(const Candidate& other) const {
    if (cost != other.cost) return cost > other.cost;
    return gone != other.gone ? gone > other.gone : stays > other.stays;
  }
};

class CarefulCollapse {
 public:
  explicit CarefulCollapse(const TriangleMesh& mesh)
      : position_(mesh.vertices),
        triangles_(mesh.triangles),
        alive_(mesh.triangles.size(), 1),
        state_(mesh.vertices.size()),
        stamp_(mesh.vertices.size(), 0),
        present_(mesh.vertices.size(), 1),
        times_(mesh.vertices.size(), 0),
        other_times_(mesh.vertices.size(), 0),
        count_(static_cast<std::int64_t>(mesh.vertices.size())) {
    for (std::size_t t = 0; t < triangles_.size(); ++t) {
      const auto& [a, b, c] = triangles_[t];
      if (a == b || b == c || c == a) {
        alive_[t] = 0;
        continue;
      }
      for (const std::int32_t v : triangles_[t]) ++state_[v].size;
    }
    std::int64_t begin = 0;
    for (Vertex& v : state_) {
      v.begin = begin;
      v.room = v.size;
      begin += v.size;
      v.size = 0;
    }
    around_.resize(static_cast<std::size_t>(begin));
    for (std::size_t t = 0; t < triangles_.size(); ++t) {
      if (alive_[t] == 0) continue;
      for (const std::int32_t v : triangles_[t])
        around_[state_[v].begin + state_[v].size++] = static_cast<std::int32_t>(t);
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
  /// The living triangles at a vertex are around_[begin .. begin + size), with room to grow in
  /// place.
  struct Vertex {
    Quadric quadric;
    double area = 0;
    std::int64_t begin = 0;
    std::int32_t size = 0;
    std::int32_t room = 0;
  };

  std::span<const std::int32_t> around(std::int32_t v) const {
    return {around_.data() + state_[v].begin, static_cast<std::size_t>(state_[v].size)};
  }

  Vec3 area_normal(const Triangle& t) const {
    return cross(position_[t[1]] - position_[t[0]], position_[t[2]] - position_[t[0]]);
  }

  void add_planes() {
    std::vector<std::array<std::uint8_t, 3>> is_border(triangles_.size());
    for (std::size_t i = 0; i < state_.size(); ++i) {
      const auto v = static_cast<std::int32_t>(i);
      ring(v, ring_, times_);
      for (const std::int32_t t : around(v))
        for (int k = 0; k < 3; ++k)
          if (triangles_[t][k] == v) is_border[t][k] = times_[triangles_[t][(k + 1) % 3]] == 1;
      forget(ring_, times_);
    }
    for (std::size_t i = 0; i < triangles_.size(); ++i) {
      if (alive_[i] == 0) continue;
      const Triangle& t = triangles_[i];
      const Vec3 normal = area_normal(t);
      const double area = 0.5 * norm(normal);
      const Vec3 n = normalised(normal);
      for (int k = 0; k < 3; ++k) {
        Vertex& a = state_[t[k]];
        const Vec3& from = position_[t[k]];
        a.quadric = a.quadric + Quadric::plane(n, -dot(n, from), area);
        a.area += area;
        if (is_border[i][k] == 0) continue;
        Vertex& b = state_[t[(k + 1) % 3]];
        const Vec3 upright = normalised(cross(position_[t[(k + 1) % 3]] - from, n));
        const Quadric q = Quadric::plane(upright, -dot(upright, from), kBorderWeight * area);
        a.quadric = a.quadric + q;
        b.quadric = b.quadric + q;
      }
    }
  }

  /// The other corners of the triangles around v, and in how many of these each occurs. `times` is
  /// zero before; forget() makes it so again.
  void ring(std::int32_t v, std::vector<std::int32_t>& corners,
            std::vector<std::int32_t>& times) const {
    corners.clear();
    for (const std::int32_t t : around(v))
      for (const std::int32_t w : triangles_[t])
        if (w != v && times[w]++ == 0) corners.push_back(w);
  }
  static void forget(const std::vector<std::int32_t>& corners, std::vector<std::int32_t>& times) {
    for (const std::int32_t w : corners) times[w] = 0;
  }

  Candidate candidate(const Quadric& sum, std::int32_t gone, std::int32_t stays) const {
    const Vec3 way = position_[stays] - position_[gone];
    const double cost = std::max(sum(position_[stays]), 0.0) +
                        kLengthWeight * (state_[gone].area + state_[stays].area) * dot(way, way);
    // Coordinates near the largest double overflow, and the queue has no place for NaN.
    return {std::isnan(cost) ? std::numeric_limits<double>::infinity() : cost, gone, stays,
            stamp_[gone], stamp_[stays]};
  }
  /// Both directions of an edge, the cheaper first. Only that one waits: the other's turn comes
  /// when it is refused, and never when it is made.
  std::pair<Candidate, Candidate> directions(std::int32_t v, std::int32_t w) const {
    const Quadric sum = state_[v].quadric + state_[w].quadric;
    const Candidate there = candidate(sum, v, w);
    const Candidate back = candidate(sum, w, v);
    return there > back ? std::pair(back, there) : std::pair(there, back);
  }

  void collapse_all(std::int64_t wanted, const Allowance& allowance) {
    StagedQueue<Candidate> queue;
    const auto outdated = [&](const Candidate& c) {
      return stamp_[c.gone] != c.gone_stamp || stamp_[c.stays] != c.stays_stamp;
    };
    for (std::size_t i = 0; i < position_.size(); ++i) {
      const auto v = static_cast<std::int32_t>(i);
      ring(v, ring_, times_);
      for (const std::int32_t w : ring_)
        if (v < w) queue.push(directions(v, w).first);
      forget(ring_, times_);
    }
    // A refused collapse may become possible when the surface around it has changed.
    std::vector<Candidate> refused;
    bool changed = true;
    while (changed) {
      changed = false;
      for (const Candidate& c : refused) queue.push(c);
      refused.clear();
      for (Candidate c; count_ > wanted && queue.pop(c, outdated);) {
        if (outdated(c)) continue;
        if (allowed(c.gone, c.stays, allowance)) {
          collapse(c.gone, c.stays);
          for (const std::int32_t w : ring_) queue.push(directions(c.stays, w).first);
          changed = true;
          continue;
        }
        const auto [first, second] = directions(c.gone, c.stays);
        if (first.gone != c.gone) continue;
        refused.push_back(c);
        queue.push(second);
      }
      if (count_ <= wanted) return;
    }
  }

  bool allowed(std::int32_t gone, std::int32_t stays, const Allowance& allowance) {
    if (!allowance.keeps_surface) return true;
    for (const std::int32_t t : around(gone)) {
      Triangle moved = triangles_[t];
      if (moved[0] == stays || moved[1] == stays || moved[2] == stays) continue;
      const Vec3 before = area_normal(moved);
      for (std::int32_t& v : moved) v = v == gone ? stays : v;
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
    return link_condition(gone, stays);
  }

  /// The two ends share exactly the corners opposite to their edge, and an inner edge does not join
  /// two places of the border: then the collapse keeps the topology of the surface.
  bool link_condition(std::int32_t a, std::int32_t b) {
    ring(a, ring_, times_);
    ring(b, other_ring_, other_times_);
    const std::int32_t on_edge = times_[b];  // triangles with both ends
    const auto on_border = [](const std::vector<std::int32_t>& corners,
                              const std::vector<std::int32_t>& times) {
      return std::any_of(corners.begin(), corners.end(),
                         [&](std::int32_t w) { return times[w] == 1; });
    };
    const bool joins =
        on_edge != 1 && on_border(ring_, times_) && on_border(other_ring_, other_times_);
    const auto common = std::count_if(other_ring_.begin(), other_ring_.end(),
                                      [&](std::int32_t w) { return times_[w] != 0; });
    forget(ring_, times_);
    forget(other_ring_, other_times_);
    if (joins) return false;
    // The last triangle of a component, or a closed piece of four, would vanish.
    if (state_[a].size == 1 && state_[b].size == 1) return false;
    if (on_edge == 2 && ring_.size() == 3 && other_ring_.size() == 3) return false;
    return common == on_edge;
  }

  /// Leaves the corners around `stays` in ring_.
  void collapse(std::int32_t gone, std::int32_t stays) {
    merged_.clear();
    for (const std::int32_t t : around(gone)) {
      Triangle& triangle = triangles_[t];
      if (triangle[0] != stays && triangle[1] != stays && triangle[2] != stays) {
        std::replace(triangle.begin(), triangle.end(), gone, stays);
        merged_.push_back(t);
        continue;
      }
      alive_[t] = 0;
      for (const std::int32_t v : triangle)
        if (v != gone) leave(v, t);
    }
    Vertex& to = state_[stays];
    Vertex& from = state_[gone];
    const auto kept = around(stays);
    merged_.insert(merged_.end(), kept.begin(), kept.end());
    to.size = static_cast<std::int32_t>(merged_.size());
    if (to.size > to.room && to.size <= from.room) {
      to.begin = from.begin;
      to.room = from.room;
    } else if (to.size > to.room) {
      to.begin = static_cast<std::int64_t>(around_.size());
      to.room = to.size;
      around_.resize(around_.size() + merged_.size());
    }
    std::copy(merged_.begin(), merged_.end(), around_.begin() + to.begin);
    from.size = from.room = 0;
    present_[gone] = 0;
    --count_;
    to.quadric = to.quadric + from.quadric;
    to.area += from.area;
    ++stamp_[gone];
    ++stamp_[stays];
    ring(stays, ring_, times_);
    forget(ring_, times_);
  }

  void leave(std::int32_t v, std::int32_t triangle) {
    Vertex& at = state_[v];
    std::int32_t* const first = around_.data() + at.begin;
    *std::find(first, first + at.size, triangle) = first[at.size - 1];
    --at.size;
  }

  /// Vertices without triangles hold up nothing: they go before any edge does, the last first.
  void drop_isolated(std::int64_t wanted) {
    for (std::size_t v = position_.size(); v-- > 0 && count_ > wanted;) {
      if (present_[v] == 0 || state_[v].size != 0) continue;
      present_[v] = 0;
      --count_;
    }
  }

  const std::vector<Vec3>& position_;
  std::vector<Triangle> triangles_;
  std::vector<std::uint8_t> alive_;
  std::vector<std::int32_t> around_;
  std::vector<Vertex> state_;
  std::vector<std::int32_t> stamp_;
  std::vector<std::uint8_t> present_;
  std::vector<std::int32_t> times_;  // zero between the calls that use it, as is the next
  std::vector<std::int32_t> other_times_;
  std::int64_t count_;
  std::vector<std::int32_t> ring_;
  std::vector<std::int32_t> other_ring_;
  std::vector<std::int32_t> merged_;
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
