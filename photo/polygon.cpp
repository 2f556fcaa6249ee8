#include "photo/polygon.h"

#include <algorithm>
#include <cmath>

namespace fgcn::photo {

Point mean_point(const Landmarks& landmarks, std::size_t first, std::size_t last) {
  Point sum;
  for (std::size_t i = first; i <= last; ++i)
    sum = {sum.x + landmarks[i].x, sum.y + landmarks[i].y};
  const auto n = static_cast<double>(last - first + 1);
  return {sum.x / n, sum.y / n};
}

Polygon point_range(const Landmarks& landmarks, std::size_t first, std::size_t last) {
  return {landmarks.begin() + static_cast<std::ptrdiff_t>(first),
          landmarks.begin() + static_cast<std::ptrdiff_t>(last) + 1};
}

Polygon grown(Polygon polygon, double factor, double pixels) {
  Point center;
  for (const Point& p : polygon) center = {center.x + p.x, center.y + p.y};
  const auto n = static_cast<double>(polygon.size());
  center = {center.x / n, center.y / n};
  for (Point& p : polygon) {
    const double dx = p.x - center.x;
    const double dy = p.y - center.y;
    const double length = std::hypot(dx, dy);
    const double reach = factor + (length > 0 ? pixels / length : 0);
    p = {center.x + reach * dx, center.y + reach * dy};
  }
  return polygon;
}

Image filled(const Polygon& polygon, std::int64_t size) {
  Image out(size, size, 1);
  for (std::int64_t row = 0; row < size; ++row) {
    const double y = static_cast<double>(row) + 0.5;
    std::vector<double> crossings;
    for (std::size_t i = 0; i < polygon.size(); ++i) {
      const Point& a = polygon[i];
      const Point& b = polygon[(i + 1) % polygon.size()];
      if ((a.y <= y) != (b.y <= y))
        crossings.push_back(a.x + (y - a.y) * (b.x - a.x) / (b.y - a.y));
    }
    std::sort(crossings.begin(), crossings.end());
    const auto s = static_cast<double>(size);
    for (std::size_t i = 0; i + 1 < crossings.size(); i += 2) {
      const auto first =
          static_cast<std::int64_t>(std::ceil(std::clamp(crossings[i] - 0.5, 0.0, s)));
      const auto end =
          static_cast<std::int64_t>(std::ceil(std::clamp(crossings[i + 1] - 0.5, 0.0, s)));
      std::fill(out.at(row, first), out.at(row, 0) + end, 1.0F);
    }
  }
  return out;
}

}  // namespace fgcn::photo
