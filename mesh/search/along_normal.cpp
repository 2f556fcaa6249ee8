#include "mesh/search/along_normal.h"

#include <cmath>
#include <limits>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "mesh/search/ray.h"
#include "mesh/search/triangle_boxes.h"

namespace fgcn::mesh {
namespace {

constexpr double kLargest = 1e60;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

void check_usable(const char* what, const Vec3& p) {
  for (const double x : p)
    FGCN_CHECK(std::abs(x) <= kLargest, "along normal: ", what, " is (", p[0], ", ", p[1], ", ",
               p[2], "), expected finite numbers up to ", kLargest);
}

void check_direction(const Vec3& normal) {
  check_usable("a normal", normal);
  FGCN_CHECK(norm(normal) > 0, "along normal: a normal has length 0");
}

void check_normal(const Vec3& normal, double weight) {
  FGCN_CHECK(weight >= 0 && weight <= kLargest, "with normal: the weight is ", weight,
             ", expected a length");
  FGCN_CHECK(norm(normal) <= 1 + 1e-6, "with normal: a normal has length ", norm(normal),
             ", expected 1");
}

/// The best hit in one direction, where it is better than `best`.
void look(const TriangleBoxes& boxes, const Vec3& origin, const Vec3& direction, LineHit& best) {
  const Ray ray(origin, direction);
  boxes.tree().along(
      origin, direction,
      [&](std::int32_t begin, std::int32_t end) {
        for (std::int32_t i = begin; i < end; ++i) {
          const TriangleBoxes::Corners& t = boxes.corners(i);
          const auto at = ray.meets(t.a, t.b, t.c);
          if (!at) continue;
          const std::int32_t triangle = boxes.triangle(i);
          if (*at < best.distance || (*at == best.distance && triangle < best.triangle)) {
            best.triangle = triangle;
            best.distance = *at;
            best.point = origin + *at * direction;
          }
        }
        return false;
      },
      [&] { return best.distance; });
}

LineHit along(const TriangleBoxes& boxes, const Vec3& point, const Vec3& normal) {
  const Vec3 direction = (1 / norm(normal)) * normal;
  LineHit out{-1, kInfinity, point};
  look(boxes, point, direction, out);
  look(boxes, point, -1.0 * direction, out);
  return out;
}

NormalCost with_normal(const TriangleBoxes& boxes, const Vec3& point, const Vec3& normal,
                       double weight) {
  NormalCost best;
  best.cost = kInfinity;
  boxes.tree().near(
      point,
      [&](std::int32_t begin, std::int32_t end) {
        for (std::int32_t i = begin; i < end; ++i) {
          const TriangleBoxes::Corners& t = boxes.corners(i);
          ClosestPoint at = closest_point(point, t.a, t.b, t.c);
          at.triangle = boxes.triangle(i);
          const Vec3 facing = normalised(cross(t.b - t.a, t.c - t.a));
          const double cost = std::sqrt(at.distance_squared) + weight * (1 - dot(normal, facing));
          if (cost < best.cost || (cost == best.cost && at.triangle < best.at.triangle))
            best = {at, cost};
        }
      },
      // The angle's part is never negative.
      [&] { return best.cost * best.cost; });
  return best;
}

void check_sizes(std::span<const Vec3> points, std::span<const Vec3> normals) {
  FGCN_CHECK(points.size() == normals.size(), "along normal: ", normals.size(), " normals for ",
             points.size(), " points");
  for (const Vec3& p : points) check_usable("a point", p);
}

}  // namespace

LineHit nearest_along_normal(const ClosestPointTree& tree, const Vec3& point, const Vec3& normal) {
  check_usable("a point", point);
  check_direction(normal);
  return along(tree.boxes(), point, normal);
}

std::vector<LineHit> nearest_along_normal(const ClosestPointTree& tree,
                                          std::span<const Vec3> points,
                                          std::span<const Vec3> normals) {
  check_sizes(points, normals);
  for (const Vec3& n : normals) check_direction(n);
  std::vector<LineHit> out(points.size());
  const auto count = static_cast<std::int64_t>(points.size());
#pragma omp parallel for schedule(dynamic, 64)
  for (std::int64_t i = 0; i < count; ++i) out[i] = along(tree.boxes(), points[i], normals[i]);
  return out;
}

NormalCost nearest_with_normal(const ClosestPointTree& tree, const Vec3& point, const Vec3& normal,
                               double weight) {
  check_usable("a point", point);
  check_normal(normal, weight);
  return with_normal(tree.boxes(), point, normal, weight);
}

std::vector<NormalCost> nearest_with_normal(const ClosestPointTree& tree,
                                            std::span<const Vec3> points,
                                            std::span<const Vec3> normals, double weight) {
  check_sizes(points, normals);
  for (const Vec3& n : normals) check_normal(n, weight);
  std::vector<NormalCost> out(points.size());
  const auto count = static_cast<std::int64_t>(points.size());
#pragma omp parallel for schedule(dynamic, 64)
  for (std::int64_t i = 0; i < count; ++i)
    out[i] = with_normal(tree.boxes(), points[i], normals[i], weight);
  return out;
}

std::array<double, 3> barycentric_of_projection(const Vec3& point, const Vec3& a, const Vec3& b,
                                                const Vec3& c) {
  const Vec3 ab = b - a, ac = c - a, from = point - a;
  const Vec3 normal = cross(ab, ac);
  const double area_squared = dot(normal, normal);
  if (!(area_squared > 0)) return closest_point(point, a, b, c).barycentric;
  const double v = dot(cross(from, ac), normal) / area_squared;
  const double w = dot(cross(ab, from), normal) / area_squared;
  return {1 - v - w, v, w};
}

}  // namespace fgcn::mesh
