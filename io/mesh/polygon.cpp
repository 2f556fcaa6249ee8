#include "io/mesh/polygon.h"

#include <cmath>
#include <cstddef>

#include "io/mesh/vec3.h"

namespace fgcn::mesh {
namespace {

Vec3 newell_normal(std::span<const Vec3> corners) {
  // Relative to the first corner: a polygon far from the origin keeps its digits.
  Vec3 sum{0, 0, 0};
  for (std::size_t i = 1; i + 1 < corners.size(); ++i)
    sum = sum + cross(corners[i] - corners[0], corners[i + 1] - corners[0]);
  return sum;
}

/// Twice the triangle's area, seen along `normal`; negative when it is turned over.
double turn(const Vec3& a, const Vec3& b, const Vec3& c, const Vec3& normal) {
  return dot(cross(b - a, c - a), normal);
}

/// Corners on one line turn by rounding alone.
bool fan_is_turned(std::span<const Vec3> corners, const Vec3& normal, double least) {
  for (std::size_t i = 1; i + 1 < corners.size(); ++i)
    if (turn(corners[0], corners[i], corners[i + 1], normal) < -least) return true;
  return false;
}

void append_fan(std::size_t count, std::vector<Triangle>& out) {
  for (std::size_t i = 1; i + 1 < count; ++i)
    out.push_back({0, static_cast<std::int32_t>(i), static_cast<std::int32_t>(i + 1)});
}

/// A ring of the corners that are left.
class EarCutter {
 public:
  EarCutter(std::span<const Vec3> corners, const Vec3& normal)
      : corners_(corners), normal_(normal), left_(corners.size()) {
    const auto count = static_cast<std::int32_t>(corners.size());
    for (std::int32_t i = 0; i < count; ++i) {
      next_.push_back((i + 1) % count);
      previous_.push_back((i + count - 1) % count);
    }
    for (std::int32_t i = 0; i < count; ++i) ear_.push_back(is_ear(i) ? 1 : 0);
  }

  void run(std::vector<Triangle>& out) {
    std::int32_t at = 0;
    while (left_ > 3) {
      std::size_t tried = 0;
      while (ear_[place(at)] == 0 && tried++ < left_) at = next_[place(at)];
      // Without an ear the polygon crosses itself: any corner is as good.
      const std::int32_t before = previous_[place(at)];
      const std::int32_t after = next_[place(at)];
      out.push_back({before, at, after});
      next_[place(before)] = after;
      previous_[place(after)] = before;
      --left_;
      ear_[place(before)] = is_ear(before) ? 1 : 0;
      ear_[place(after)] = is_ear(after) ? 1 : 0;
      at = after;
    }
    out.push_back({previous_[place(at)], at, next_[place(at)]});
  }

 private:
  static std::size_t place(std::int32_t i) { return static_cast<std::size_t>(i); }
  const Vec3& corner(std::int32_t i) const { return corners_[place(i)]; }

  bool is_ear(std::int32_t i) const {
    const std::int32_t before = previous_[place(i)];
    const std::int32_t after = next_[place(i)];
    const Vec3 &a = corner(before), &b = corner(i), &c = corner(after);
    if (!(turn(a, b, c, normal_) > 0)) return false;
    for (std::int32_t k = next_[place(after)]; k != before; k = next_[place(k)]) {
      const Vec3& p = corner(k);
      if (p == a || p == b || p == c) continue;  // the same place again, where a hole is joined
      if (turn(a, b, p, normal_) >= 0 && turn(b, c, p, normal_) >= 0 && turn(c, a, p, normal_) >= 0)
        return false;
    }
    return true;
  }

  std::span<const Vec3> corners_;
  Vec3 normal_;
  std::size_t left_;
  std::vector<std::int32_t> next_, previous_;
  std::vector<std::uint8_t> ear_;
};

}  // namespace

bool cut_polygon(std::span<const Vec3> corners, std::vector<Triangle>& out) {
  if (corners.size() < 3) return true;
  constexpr double kRounding = 1e-9;  // of the polygon's area
  const Vec3 area = newell_normal(corners);
  const Vec3 normal = normalised(area);
  if (corners.size() == 3 || !finite(normal) ||
      !fan_is_turned(corners, normal, kRounding * norm(area))) {
    append_fan(corners.size(), out);
    return true;
  }
  if (corners.size() > kMaxConcaveCorners) return false;
  EarCutter(corners, normal).run(out);
  return true;
}

bool PolygonCutter::cut(std::span<const std::int32_t> corners, std::span<const std::int32_t> places,
                        std::vector<Triangle>& out) {
  if (corners.size() == 3) {
    out.push_back({places[0], places[1], places[2]});
    return true;
  }
  positions_.clear();
  cut_.clear();
  for (const std::int32_t v : corners) positions_.push_back(vertices_[static_cast<std::size_t>(v)]);
  if (!cut_polygon(positions_, cut_)) return false;
  for (const Triangle& t : cut_)
    out.push_back({places[static_cast<std::size_t>(t[0])], places[static_cast<std::size_t>(t[1])],
                   places[static_cast<std::size_t>(t[2])]});
  return true;
}

}  // namespace fgcn::mesh
