#include "mesh/compare.h"

#include <algorithm>
#include <cmath>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "mesh/closest_point.h"

namespace fgcn::mesh {
namespace {

std::vector<double> distances_to(const TriangleMesh& surface, std::span<const Vec3> points) {
  std::vector<double> out;
  out.reserve(points.size());
  for (const ClosestPoint& at : ClosestPointTree(surface).find(points))
    out.push_back(std::sqrt(at.distance_squared));
  return out;
}

}  // namespace

DistanceSummary summary(std::vector<double> distances) {
  DistanceSummary out;
  if (distances.empty()) return out;
  std::sort(distances.begin(), distances.end());
  const auto count = static_cast<double>(distances.size());
  double sum = 0, squares = 0;
  for (const double d : distances) {
    sum += d;
    squares += d * d;
  }
  const auto not_above = [&](double part) {
    const double place = std::ceil(part * count) - 1;
    return distances[static_cast<std::size_t>(std::max(place, 0.0))];
  };
  out.mean = sum / count;
  out.root_mean_square = std::sqrt(squares / count);
  out.median = not_above(0.5);
  out.percentile_95 = not_above(0.95);
  out.largest = distances.back();
  return out;
}

MeshDistances mesh_distances(const TriangleMesh& first, const TriangleMesh& second) {
  MeshDistances out;
  out.to_second = distances_to(second, first.vertices);
  out.to_first = distances_to(first, second.vertices);
  if (first.vertices.size() != second.vertices.size() || first.triangles != second.triangles)
    return out;
  for (std::size_t v = 0; v < first.vertices.size(); ++v)
    out.same_vertex.push_back(norm(first.vertices[v] - second.vertices[v]));
  return out;
}

Vec3 jet_color(double t) {
  t = std::clamp(t, 0.0, 1.0);
  const auto clipped = [](double x) { return std::clamp(x, 0.0, 1.0); };
  return {clipped(std::min(4 * t - 1.5, 4.5 - 4 * t)), clipped(std::min(4 * t - 0.5, 3.5 - 4 * t)),
          clipped(std::min(4 * t + 0.5, 2.5 - 4 * t))};
}

std::vector<Vec3> heat_colors(std::span<const double> distances, double full) {
  FGCN_CHECK(full > 0, "heat colors: the full scale is ", full, ", expected more than 0");
  std::vector<Vec3> out;
  out.reserve(distances.size());
  for (const double d : distances) out.push_back(jet_color(d / full));
  return out;
}

}  // namespace fgcn::mesh
