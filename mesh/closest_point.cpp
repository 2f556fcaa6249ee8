#include "mesh/closest_point.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "mesh/search/triangle_boxes.h"

namespace fgcn::mesh {
namespace {

// The fourth power of a length must stay finite.
constexpr double kLargest = 1e60;

void check_usable(const char* what, const Vec3& p) {
  for (const double x : p)
    FGCN_CHECK(std::abs(x) <= kLargest, "closest point: ", what, " is (", p[0], ", ", p[1], ", ",
               p[2], "), expected finite numbers up to ", kLargest);
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

ClosestPointTree::ClosestPointTree(const TriangleMesh& mesh)
    : boxes_(std::make_shared<const TriangleBoxes>(mesh)) {}

ClosestPoint ClosestPointTree::find(const Vec3& query) const {
  check_usable("a query", query);
  ClosestPoint best;
  best.distance_squared = std::numeric_limits<double>::infinity();
  boxes_->tree().near(
      query,
      [&](std::int32_t begin, std::int32_t end) {
        for (std::int32_t i = begin; i < end; ++i) {
          const TriangleBoxes::Corners& t = boxes_->corners(i);
          ClosestPoint found = closest_point(query, t.a, t.b, t.c);
          found.triangle = boxes_->triangle(i);
          if (found.distance_squared < best.distance_squared ||
              (found.distance_squared == best.distance_squared && found.triangle < best.triangle))
            best = found;
        }
      },
      [&] { return best.distance_squared; });
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
