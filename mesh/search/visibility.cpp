#include "mesh/search/visibility.h"

#include <cmath>
#include <limits>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "mesh/search/ray.h"
#include "mesh/search/triangle_boxes.h"

namespace fgcn::mesh {
namespace {

void check_usable(const char* what, const Vec3& p) {
  constexpr double kLargest = 1e60;
  for (const double x : p)
    FGCN_CHECK(std::abs(x) <= kLargest, "visibility: ", what, " is (", p[0], ", ", p[1], ", ", p[2],
               "), expected finite numbers up to ", kLargest);
}

void check_input(const TriangleMesh& mesh, std::span<const Vec3> cameras,
                 std::span<const Vec3> normals, const VisibilityOptions& options) {
  check(mesh);
  for (const Vec3& p : mesh.vertices) check_usable("a vertex", p);
  for (const Vec3& c : cameras) check_usable("a camera", c);
  for (const Vec3& n : normals) check_usable("a normal", n);
  FGCN_CHECK(normals.empty() || normals.size() == mesh.vertices.size(),
             "visibility: ", normals.size(), " normals for ", mesh.vertices.size(), " vertices");
  FGCN_CHECK(options.sensors.empty() || options.sensors.size() == cameras.size(),
             "visibility: ", options.sensors.size(), " sensors for ", cameras.size(), " cameras");
  for (const Sensor& s : options.sensors) {
    for (const Vec3& axis : {s.x, s.y, s.z}) check_usable("a sensor's axis", axis);
    FGCN_CHECK(norm(s.z) > 0, "visibility: a sensor's focal length is 0");
  }
  FGCN_CHECK(options.min_distance >= 0 && std::isfinite(options.min_distance),
             "visibility: the rays' first distance is ", options.min_distance);
}

/// The mesh and what hides it besides; nothing without a triangle.
std::optional<TriangleBoxes> boxes_of(const TriangleMesh& mesh, const TriangleMesh& occluders) {
  if (mesh.triangles.empty() && occluders.triangles.empty()) return std::nullopt;
  if (occluders.triangles.empty()) return TriangleBoxes(mesh);
  check(occluders);
  TriangleMesh all = mesh;
  const auto first = static_cast<std::int32_t>(all.vertices.size());
  all.vertices.insert(all.vertices.end(), occluders.vertices.begin(), occluders.vertices.end());
  for (const auto& [a, b, c] : occluders.triangles)
    all.triangles.push_back({a + first, b + first, c + first});
  return TriangleBoxes(all);
}

bool meets_sensor(const Sensor& sensor, const Vec3& camera, const Vec3& vertex, const Vec3& way) {
  const double towards = dot(way, sensor.z);
  const Vec3 middle = camera - sensor.z;
  const double s = dot(middle - vertex, sensor.z) / towards;
  if (!(towards != 0 && s >= 0)) return false;
  const Vec3 at = vertex + s * way - middle;
  return std::abs(dot(at, sensor.x)) < dot(sensor.x, sensor.x) &&
         std::abs(dot(at, sensor.y)) < dot(sensor.y, sensor.y);
}

bool hidden(const TriangleBoxes& boxes, const Vec3& from, const Vec3& way) {
  const Ray ray(from, way);
  bool met = false;
  boxes.tree().along(
      from, way,
      [&](std::int32_t begin, std::int32_t end) {
        for (std::int32_t i = begin; i < end && !met; ++i) {
          const TriangleBoxes::Corners& t = boxes.corners(i);
          met = ray.meets(t.a, t.b, t.c).has_value();
        }
        return met;
      },
      [] { return std::numeric_limits<double>::infinity(); });
  return met;
}

}  // namespace

Visibility visible_vertices(const TriangleMesh& mesh, std::span<const Vec3> cameras,
                            std::span<const Vec3> normals, const VisibilityOptions& options) {
  check_input(mesh, cameras, normals, options);
  const std::optional<TriangleBoxes> boxes = boxes_of(mesh, options.occluders);
  const auto vertices = static_cast<std::int64_t>(mesh.vertices.size());
  Visibility out;
  out.visible.assign(cameras.size() * mesh.vertices.size(), 1);
  if (!normals.empty()) out.facing.assign(out.visible.size(), 0);
  const auto rays = static_cast<std::int64_t>(out.visible.size());
#pragma omp parallel for schedule(dynamic, 256)
  for (std::int64_t i = 0; i < rays; ++i) {
    const auto c = static_cast<std::size_t>(i / vertices);
    const auto v = static_cast<std::size_t>(i % vertices);
    const Vec3& p = mesh.vertices[v];
    const Vec3 towards = cameras[c] - p;
    const double distance = norm(towards);
    if (!(distance > 0)) continue;
    const Vec3 way = (1 / distance) * towards;
    if (!normals.empty()) out.facing[i] = dot(normals[v], way);
    const bool seen =
        (options.sensors.empty() || meets_sensor(options.sensors[c], cameras[c], p, way)) &&
        !(boxes && hidden(*boxes, p + options.min_distance * way, way));
    out.visible[i] = seen ? 1 : 0;
  }
  return out;
}

}  // namespace fgcn::mesh
