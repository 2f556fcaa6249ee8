#include "mesh/closest_point.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "io/vec3.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

constexpr std::int32_t kLeafTriangles = 4;
// A box's distance is rounded otherwise than a triangle's: without some slack a box that holds an
// equally near triangle of lower index could be left out.
constexpr double kSlack = 1.0 + 1e-12;
// The fourth power of a length must stay finite.
constexpr double kLargest = 1e60;

void check_usable(const char* what, const Vec3& p) {
  for (const double x : p)
    FGCN_CHECK(std::abs(x) <= kLargest, "closest point: ", what, " is (", p[0], ", ", p[1], ", ",
               p[2], "), expected finite numbers up to ", kLargest);
}

double box_distance_squared(const Vec3& query, const Vec3& low, const Vec3& high) {
  double sum = 0;
  for (int k = 0; k < 3; ++k) {
    const double outside = std::max({low[k] - query[k], query[k] - high[k], 0.0});
    sum += outside * outside;
  }
  return sum;
}

/// On the side from corner k (at p) to corner k + 1 (at q).
ClosestPoint on_side(const Vec3& query, int k, const Vec3& p, const Vec3& q) {
  const Vec3 side = q - p;
  const double length_squared = dot(side, side);
  const double along = dot(query - p, side);
  const int next = (k + 1) % 3;
  ClosestPoint out;
  if (!(along > 0)) {
    out.part = static_cast<TrianglePart>(static_cast<int>(TrianglePart::kCorner0) + k);
    out.barycentric[k] = 1;
    out.point = p;
  } else if (along >= length_squared) {
    out.part = static_cast<TrianglePart>(static_cast<int>(TrianglePart::kCorner0) + next);
    out.barycentric[next] = 1;
    out.point = q;
  } else {
    const double t = along / length_squared;
    out.part = static_cast<TrianglePart>(static_cast<int>(TrianglePart::kSide0) + k);
    out.barycentric[k] = 1 - t;
    out.barycentric[next] = t;
    out.point = p + t * side;
  }
  const Vec3 way = query - out.point;
  out.distance_squared = dot(way, way);
  return out;
}

}  // namespace

ClosestPoint closest_point(const Vec3& query, const Vec3& a, const Vec3& b, const Vec3& c) {
  const Vec3 ab = b - a;
  const Vec3 ac = c - a;
  const Vec3 normal = cross(ab, ac);
  const double area_squared = dot(normal, normal);  // of the parallelogram
  if (area_squared > 0) {
    const Vec3 aq = query - a;
    const double v = dot(cross(aq, ac), normal) / area_squared;
    const double w = dot(cross(ab, aq), normal) / area_squared;
    const double u = 1 - v - w;
    if (u > 0 && v > 0 && w > 0) {
      ClosestPoint out;
      out.barycentric = {u, v, w};
      out.point = a + v * ab + w * ac;
      const Vec3 way = query - out.point;
      out.distance_squared = dot(way, way);
      return out;
    }
  }
  ClosestPoint best = on_side(query, 0, a, b);
  for (const ClosestPoint& other : {on_side(query, 1, b, c), on_side(query, 2, c, a)})
    if (other.distance_squared < best.distance_squared) best = other;
  return best;
}

ClosestPointTree::ClosestPointTree(const TriangleMesh& mesh) {
  check(mesh);
  FGCN_CHECK(!mesh.triangles.empty(), "closest point: the mesh has no triangle");
  for (const Vec3& p : mesh.vertices) check_usable("a vertex", p);
  const auto count = static_cast<std::int32_t>(mesh.triangles.size());
  std::vector<Vec3> centre;
  for (std::int32_t t = 0; t < count; ++t) {
    const auto& [a, b, c] = mesh.triangles[t];
    triangle_.push_back(t);
    centre.push_back(mesh.vertices[a] + mesh.vertices[b] + mesh.vertices[c]);
    corners_.push_back({mesh.vertices[a], mesh.vertices[b], mesh.vertices[c]});
  }
  nodes_.reserve(2 * mesh.triangles.size());
  build(0, count, centre);
  // The triangles of a leaf side by side in memory.
  std::vector<Corners> sorted;
  sorted.reserve(corners_.size());
  for (const std::int32_t t : triangle_) sorted.push_back(corners_[t]);
  corners_ = std::move(sorted);
}

std::int32_t ClosestPointTree::build(std::int32_t begin, std::int32_t end,
                                     const std::vector<Vec3>& centre) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  Node node{{kFar, kFar, kFar}, {-kFar, -kFar, -kFar}, begin, end, -1, -1};
  Vec3 low = node.low;
  Vec3 high = node.high;  // of the centres
  for (std::int32_t i = begin; i < end; ++i) {
    const Corners& t = corners_[triangle_[i]];
    for (int k = 0; k < 3; ++k) {
      node.low[k] = std::min({node.low[k], t.a[k], t.b[k], t.c[k]});
      node.high[k] = std::max({node.high[k], t.a[k], t.b[k], t.c[k]});
      low[k] = std::min(low[k], centre[triangle_[i]][k]);
      high[k] = std::max(high[k], centre[triangle_[i]][k]);
    }
  }
  const auto place = static_cast<std::int32_t>(nodes_.size());
  nodes_.push_back(node);
  if (end - begin <= kLeafTriangles) return place;
  int axis = 0;
  for (int k = 1; k < 3; ++k)
    if (high[k] - low[k] > high[axis] - low[axis]) axis = k;
  const std::int32_t middle = begin + (end - begin) / 2;
  std::nth_element(triangle_.begin() + begin, triangle_.begin() + middle, triangle_.begin() + end,
                   [&](std::int32_t a, std::int32_t b) {
                     return std::pair(centre[a][axis], a) < std::pair(centre[b][axis], b);
                   });
  const std::int32_t left = build(begin, middle, centre);
  const std::int32_t right = build(middle, end, centre);
  nodes_[place].left = left;
  nodes_[place].right = right;
  return place;
}

ClosestPoint ClosestPointTree::find(const Vec3& query) const {
  check_usable("a query", query);
  struct Pending {
    std::int32_t node;
    double distance_squared;
  };
  // The halves differ by one triangle at most: 64 levels hold any mesh of 32-bit indices.
  std::array<Pending, 64> stack;
  std::size_t depth = 0;
  stack[depth++] = {0, box_distance_squared(query, nodes_[0].low, nodes_[0].high)};
  ClosestPoint best;
  best.distance_squared = std::numeric_limits<double>::infinity();
  while (depth > 0) {
    const Pending pending = stack[--depth];
    if (pending.distance_squared > best.distance_squared * kSlack) continue;
    const Node& node = nodes_[pending.node];
    if (node.left < 0) {
      for (std::int32_t i = node.begin; i < node.end; ++i) {
        const Corners& t = corners_[i];
        ClosestPoint found = closest_point(query, t.a, t.b, t.c);
        found.triangle = triangle_[i];
        if (found.distance_squared < best.distance_squared ||
            (found.distance_squared == best.distance_squared && found.triangle < best.triangle))
          best = found;
      }
      continue;
    }
    Pending near{node.left,
                 box_distance_squared(query, nodes_[node.left].low, nodes_[node.left].high)};
    Pending far{node.right,
                box_distance_squared(query, nodes_[node.right].low, nodes_[node.right].high)};
    if (far.distance_squared < near.distance_squared) std::swap(near, far);
    stack[depth++] = far;
    stack[depth++] = near;
  }
  return best;
}

std::vector<ClosestPoint> ClosestPointTree::find(std::span<const Vec3> queries) const {
  // Here, because an exception may not leave a parallel loop.
  for (const Vec3& q : queries) check_usable("a query", q);
  std::vector<ClosestPoint> out(queries.size());
  const auto count = static_cast<std::int64_t>(queries.size());
#pragma omp parallel for schedule(dynamic, 64)
  for (std::int64_t i = 0; i < count; ++i) out[i] = find(queries[i]);
  return out;
}

}  // namespace fgcn::mesh
