#include "mesh/face/morphable/nearest_vertex.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <utility>

namespace fgcn::mesh::morphable {
namespace {

std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

}  // namespace

NearestVertex::NearestVertex(const std::vector<Vec3>& vertices)
    : vertices_(vertices), order_(vertices.size()) {
  std::iota(order_.begin(), order_.end(), 0);
  // Of vertices in one place the first: no plane parts them.
  std::sort(order_.begin(), order_.end(), [&](std::int32_t a, std::int32_t b) {
    return std::pair(vertices[index(a)], a) < std::pair(vertices[index(b)], b);
  });
  order_.erase(std::unique(order_.begin(), order_.end(),
                           [&](std::int32_t a, std::int32_t b) {
                             return vertices[index(a)] == vertices[index(b)];
                           }),
               order_.end());
  struct Part {
    std::size_t begin, end, axis;
  };
  std::vector<Part> parts{{0, order_.size(), 0}};
  while (!parts.empty()) {
    const Part part = parts.back();
    parts.pop_back();
    if (part.end - part.begin < 2) continue;
    const std::size_t middle = (part.begin + part.end) / 2;
    const auto at = [&](std::size_t i) { return order_.begin() + static_cast<std::ptrdiff_t>(i); };
    std::nth_element(at(part.begin), at(middle), at(part.end), [&](std::int32_t a, std::int32_t b) {
      const double x = vertices_[index(a)][part.axis];
      const double y = vertices_[index(b)][part.axis];
      return x < y || (x == y && a < b);
    });
    parts.push_back({part.begin, middle, (part.axis + 1) % 3});
    parts.push_back({middle + 1, part.end, (part.axis + 1) % 3});
  }
}

void NearestVertex::search(std::size_t begin, std::size_t end, std::size_t axis, const Vec3& point,
                           Best& best) const {
  if (begin >= end) return;
  const std::size_t middle = (begin + end) / 2;
  const std::int32_t v = order_[middle];
  const Vec3 to = vertices_[index(v)] - point;
  const double distance_squared = dot(to, to);
  if (distance_squared < best.distance_squared) best = {distance_squared, v};
  const std::size_t next = (axis + 1) % 3;
  const bool before = to[axis] > 0;  // the point lies before the plane
  if (before)
    search(begin, middle, next, point, best);
  else
    search(middle + 1, end, next, point, best);
  if (to[axis] * to[axis] >= best.distance_squared) return;
  if (before)
    search(middle + 1, end, next, point, best);
  else
    search(begin, middle, next, point, best);
}

std::int32_t NearestVertex::find(const Vec3& point) const {
  Best best{std::numeric_limits<double>::infinity(), 0};
  search(0, order_.size(), 0, point, best);
  return best.vertex;
}

}  // namespace fgcn::mesh::morphable
