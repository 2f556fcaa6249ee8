#include "mesh/search/intersections.h"

#include <algorithm>
#include <cmath>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "mesh/search/triangle_boxes.h"

namespace fgcn::mesh {
namespace {

using Corners3 = std::array<Vec3, 3>;
using Corners2 = std::array<Vec2, 3>;

/// Sign of the volume of a, b, c, d; 0 where it is no more than the rounding of its products.
int side_of(const Vec3& a, const Vec3& b, const Vec3& c, const Vec3& d) {
  const Vec3 u = a - d, v = b - d, w = c - d;
  const double volume = dot(u, cross(v, w));
  double size = 0;
  for (int k = 0; k < 3; ++k) {
    const int l = (k + 1) % 3, m = (k + 2) % 3;
    size += std::abs(u[k]) * (std::abs(v[l] * w[m]) + std::abs(v[m] * w[l]));
  }
  constexpr double kRounding = 8 * 1.1102230246251565e-16;
  if (std::abs(volume) <= kRounding * size) return 0;
  return volume > 0 ? 1 : -1;
}

int turn(const Vec2& a, const Vec2& b, const Vec2& c) {
  const double left = (b[0] - a[0]) * (c[1] - a[1]), right = (b[1] - a[1]) * (c[0] - a[0]);
  constexpr double kRounding = 4 * 1.1102230246251565e-16;
  if (std::abs(left - right) <= kRounding * (std::abs(left) + std::abs(right))) return 0;
  return left > right ? 1 : -1;
}

bool within(const Vec2& p, const Vec2& a, const Vec2& b) {
  return std::min(a[0], b[0]) <= p[0] && p[0] <= std::max(a[0], b[0]) &&
         std::min(a[1], b[1]) <= p[1] && p[1] <= std::max(a[1], b[1]);
}

bool segments_meet(const Vec2& a, const Vec2& b, const Vec2& c, const Vec2& d) {
  const int ac = turn(a, b, c), ad = turn(a, b, d), ca = turn(c, d, a), cb = turn(c, d, b);
  if (ac * ad < 0 && ca * cb < 0) return true;
  return (ac == 0 && within(c, a, b)) || (ad == 0 && within(d, a, b)) ||
         (ca == 0 && within(a, c, d)) || (cb == 0 && within(b, c, d));
}

bool holds(const Corners2& t, const Vec2& p) {
  const int a = turn(t[0], t[1], p), b = turn(t[1], t[2], p), c = turn(t[2], t[0], p);
  const bool proper = turn(t[0], t[1], t[2]) != 0;
  return proper && ((a >= 0 && b >= 0 && c >= 0) || (a <= 0 && b <= 0 && c <= 0));
}

bool has_area(const Corners3& t) { return norm(cross(t[1] - t[0], t[2] - t[0])) > 0; }

/// Two segments that are not in one plane.
bool skew(const Corners3& a, const Corners3& b) {
  if (has_area(a) || has_area(b)) return false;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      if (side_of(a[i], a[(i + 1) % 3], b[j], b[(j + 1) % 3]) != 0) return true;
  return false;
}

/// Both in one plane: seen along the axis that its normal is longest in.
bool flat_meet(const Corners3& a, const Corners3& b) {
  const auto normal = [](const Corners3& t) { return cross(t[1] - t[0], t[2] - t[0]); };
  Vec3 n = normal(a);
  if (!(norm(n) > 0)) n = normal(b);
  if (!(norm(n) > 0)) n = cross(a[1] - a[0] + (a[2] - a[0]), b[1] - b[0] + (b[2] - b[0]));
  int axis = 2;
  for (int k = 0; k < 3; ++k)
    if (std::abs(n[k]) > std::abs(n[axis])) axis = k;
  Corners2 p, q;
  for (int k = 0; k < 3; ++k) {
    p[k] = {a[k][(axis + 1) % 3], a[k][(axis + 2) % 3]};
    q[k] = {b[k][(axis + 1) % 3], b[k][(axis + 2) % 3]};
  }
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      if (segments_meet(p[i], p[(i + 1) % 3], q[j], q[(j + 1) % 3])) return true;
  return holds(p, q[0]) || holds(q, p[0]);
}

/// The segment p q against the triangle, which it is not in one plane with.
bool crosses(const Vec3& p, const Vec3& q, const Corners3& t) {
  const int from = side_of(t[0], t[1], t[2], p), to = side_of(t[0], t[1], t[2], q);
  if (from * to > 0 || (from == 0 && to == 0)) return false;
  const int a = side_of(p, q, t[0], t[1]), b = side_of(p, q, t[1], t[2]),
            c = side_of(p, q, t[2], t[0]);
  return (a >= 0 && b >= 0 && c >= 0) || (a <= 0 && b <= 0 && c <= 0);
}

bool is_flat(const Corners3& t, const Corners3& other) {
  return std::all_of(other.begin(), other.end(),
                     [&](const Vec3& p) { return side_of(t[0], t[1], t[2], p) == 0; });
}

/// The edges of `a` against the area of `b`, and those that lie in its plane against its outline.
bool edges_meet(const Corners3& a, const Corners3& b) {
  if (!has_area(b)) return false;  // b's edges against a say it
  for (int k = 0; k < 3; ++k) {
    const Vec3 &p = a[k], &q = a[(k + 1) % 3];
    if (crosses(p, q, b)) return true;
    if (side_of(b[0], b[1], b[2], p) == 0 && side_of(b[0], b[1], b[2], q) == 0 &&
        flat_meet({p, q, q}, b))
      return true;
  }
  return false;
}

Box box_of(const Corners3& t) {
  Box out{t[0], t[0]};
  for (const Vec3& p : t) {
    for (int k = 0; k < 3; ++k) {
      out.low[k] = std::min(out.low[k], p[k]);
      out.high[k] = std::max(out.high[k], p[k]);
    }
  }
  return out;
}

bool apart(const Box& a, const Box& b) {
  for (int k = 0; k < 3; ++k)
    if (a.low[k] > b.high[k] || b.low[k] > a.high[k]) return true;
  return false;
}

}  // namespace

bool triangles_meet(const std::array<Vec3, 3>& a, const std::array<Vec3, 3>& b) {
  if (apart(box_of(a), box_of(b))) return false;
  if (is_flat(a, b) && is_flat(b, a)) return !skew(a, b) && flat_meet(a, b);
  return edges_meet(a, b) || edges_meet(b, a);
}

std::vector<std::int32_t> intersecting_triangles(const ClosestPointTree& tree,
                                                 const TriangleMesh& mesh) {
  check(mesh);
  const auto count = static_cast<std::int64_t>(mesh.triangles.size());
  const auto corners = [&](std::int64_t t) {
    const auto& [a, b, c] = mesh.triangles[static_cast<std::size_t>(t)];
    return Corners3{mesh.vertices[a], mesh.vertices[b], mesh.vertices[c]};
  };
  for (std::int64_t t = 0; t < count; ++t)
    for (const Vec3& p : corners(t))
      for (const double x : p)
        FGCN_CHECK(std::abs(x) <= 1e60, "intersections: a vertex is at ", x,
                   ", expected finite numbers up to 1e60");
  const TriangleBoxes& boxes = tree.boxes();
  std::vector<std::uint8_t> meets(mesh.triangles.size(), 0);
#pragma omp parallel for schedule(dynamic, 64)
  for (std::int64_t t = 0; t < count; ++t) {
    const Corners3 own = corners(t);
    boxes.tree().within(box_of(own), [&](std::int32_t begin, std::int32_t end) {
      for (std::int32_t i = begin; i < end && meets[t] == 0; ++i) {
        const TriangleBoxes::Corners& other = boxes.corners(i);
        meets[t] = triangles_meet(own, {other.a, other.b, other.c}) ? 1 : 0;
      }
      return meets[t] != 0;
    });
  }
  std::vector<std::int32_t> out;
  for (std::int64_t t = 0; t < count; ++t)
    if (meets[t] != 0) out.push_back(static_cast<std::int32_t>(t));
  return out;
}

}  // namespace fgcn::mesh
