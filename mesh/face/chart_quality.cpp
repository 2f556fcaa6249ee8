#include "mesh/face/chart_quality.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

using Corners = std::array<Vec2, 3>;

double doubled_area(const Corners& p) {
  return (p[1][0] - p[0][0]) * (p[2][1] - p[0][1]) - (p[2][0] - p[0][0]) * (p[1][1] - p[0][1]);
}

struct Stretched {
  double surface, used, anisotropy;
};

/// The singular values follow from the metric of the texture in a frame of the surface.
Stretched stretched(const std::array<Vec3, 3>& x, const Corners& uv) {
  const Vec3 along = x[1] - x[0], other = x[2] - x[0];
  const double area = norm(cross(along, other)), length = norm(along);
  Stretched out{area / 2, std::abs(doubled_area(uv)) / 2, kMostAnisotropy};
  if (!(area > 0)) return out;
  const double across = area / length, slope = dot(other, along) / length;
  std::array<double, 2> s{}, t{};  // change of uv along the frame's axes
  for (std::size_t c = 0; c < 2; ++c) {
    s[c] = (uv[1][c] - uv[0][c]) / length;
    t[c] = ((uv[2][c] - uv[0][c]) - slope * s[c]) / across;
  }
  const double trace = s[0] * s[0] + s[1] * s[1] + t[0] * t[0] + t[1] * t[1];
  const double det = std::abs(s[0] * t[1] - s[1] * t[0]);
  const double root = std::sqrt(std::max(trace * trace - 4 * det * det, 0.0));
  // The larger value squared, over the product of both.
  const double ratio = (trace + root) / 2 / det;
  if (ratio < kMostAnisotropy) out.anisotropy = std::max(ratio, 1.0);
  return out;
}

double quantile(std::vector<std::pair<double, double>>& weighted, double at) {
  std::sort(weighted.begin(), weighted.end());
  double all = 0, sum = 0;
  for (const auto& [value, weight] : weighted) all += weight;
  for (const auto& [value, weight] : weighted) {
    sum += weight;
    if (sum >= at * all) return value;
  }
  return 0;
}

ChartStretch summed(const std::vector<Stretched>& triangles, const std::vector<bool>& chosen) {
  constexpr double kTexels = 1024.0 * 1024.0, kSquareMillimetres = 1e4;  // of a dm^2
  ChartStretch out;
  std::vector<std::pair<double, double>> anisotropy, density;
  for (std::size_t t = 0; t < triangles.size(); ++t) {
    const Stretched& one = triangles[t];
    if (!chosen[t] || !(one.surface > 0)) continue;
    out.surface += one.surface;
    out.used += one.used;
    anisotropy.emplace_back(one.anisotropy, one.surface);
    density.emplace_back(one.used / one.surface * kTexels / kSquareMillimetres, one.surface);
  }
  out.anisotropy = {quantile(anisotropy, 0.5), quantile(anisotropy, 0.95)};
  out.density = {quantile(density, 0.05), quantile(density, 0.5), quantile(density, 0.95)};
  return out;
}

/// True when an edge of `a` has all of `b` beyond it, or nearly.
bool apart(const Corners& a, const Corners& b) {
  constexpr double kTouching = 1e-6;  // of the texture: float32 coordinates
  const double turn = doubled_area(a) < 0 ? -1 : 1;
  for (std::size_t k = 0; k < 3; ++k) {
    const Vec2& from = a[k];
    const Vec2& to = a[(k + 1) % 3];
    const Vec2 edge{to[0] - from[0], to[1] - from[1]};
    const double length = std::hypot(edge[0], edge[1]);
    if (!(length > 0)) return true;  // no inside
    double innermost = -1;
    for (const Vec2& q : b)
      innermost = std::max(
          innermost, turn * (edge[0] * (q[1] - from[1]) - edge[1] * (q[0] - from[0])) / length);
    if (innermost <= kTouching) return true;
  }
  return false;
}

/// Pairs of triangles, looked for in the cells of a grid.
std::int64_t count_overlaps(const std::vector<Corners>& triangles) {
  constexpr int kCells = 128;
  const auto cell = [](double x) {
    return std::clamp(static_cast<int>(std::floor(x * kCells)), 0, kCells - 1);
  };
  struct Range {
    int left, right, low, high;
  };
  const auto cell_at = [](int x, int y) {
    return static_cast<std::size_t>(y) * kCells + static_cast<std::size_t>(x);
  };
  std::vector<std::vector<std::int32_t>> grid(kCells * kCells);
  std::vector<Range> ranges;
  for (std::size_t t = 0; t < triangles.size(); ++t) {
    const Corners& p = triangles[t];
    const auto [left, right] = std::minmax({p[0][0], p[1][0], p[2][0]});
    const auto [low, high] = std::minmax({p[0][1], p[1][1], p[2][1]});
    ranges.push_back({cell(left), cell(right), cell(low), cell(high)});
    for (int y = ranges[t].low; y <= ranges[t].high; ++y)
      for (int x = ranges[t].left; x <= ranges[t].right; ++x)
        grid[cell_at(x, y)].push_back(static_cast<std::int32_t>(t));
  }
  std::int64_t out = 0;
  for (int y = 0; y < kCells; ++y)
    for (int x = 0; x < kCells; ++x) {
      const std::vector<std::int32_t>& here = grid[cell_at(x, y)];
      for (std::size_t i = 0; i < here.size(); ++i)
        for (std::size_t j = i + 1; j < here.size(); ++j) {
          const Range& a = ranges[index(here[i])];
          const Range& b = ranges[index(here[j])];
          // The pair counts in the first cell that both reach.
          if (std::max(a.left, b.left) != x || std::max(a.low, b.low) != y) continue;
          const Corners& p = triangles[index(here[i])];
          const Corners& q = triangles[index(here[j])];
          if (!apart(p, q) && !apart(q, p)) ++out;
        }
    }
  return out;
}

/// [T] all three corners are inside, or none is.
struct Membership {
  std::vector<bool> all, none;
};

Membership members(const FaceModel& model, const std::uint8_t* inside) {
  Membership out;
  for (const Triangle& t : model.triangles) {
    int count = 0;
    for (const std::int32_t v : t) count += inside != nullptr && inside[index(v)] != 0 ? 1 : 0;
    out.all.push_back(count == 3);
    out.none.push_back(count == 0);
  }
  return out;
}

}  // namespace

ChartQuality chart_quality(const FaceModel& model) {
  const std::vector<Triangle>& rows =
      model.uv_triangles.empty() ? model.triangles : model.uv_triangles;
  FGCN_CHECK(!rows.empty() && rows.size() == model.triangles.size(),
             "chart_quality: ", model.triangles.size(), " triangles and ", rows.size(),
             " in the texture");
  std::vector<Stretched> triangles;
  std::vector<Corners> uvs;
  ChartQuality out;
  for (std::size_t t = 0; t < rows.size(); ++t) {
    std::array<Vec3, 3> x{};
    Corners uv{};
    for (std::size_t k = 0; k < 3; ++k) {
      const auto v = index(model.triangles[t][k]), row = index(rows[t][k]);
      FGCN_CHECK(3 * v + 2 < model.mean_shape.size() && 2 * row + 1 < model.uv.size(),
                 "chart_quality: triangle ", t, " names a row out of range");
      for (std::size_t c = 0; c < 3; ++c)
        x[k][c] = static_cast<double>(model.mean_shape[3 * v + c]);
      for (std::size_t c = 0; c < 2; ++c) uv[k][c] = static_cast<double>(model.uv[2 * row + c]);
    }
    triangles.push_back(stretched(x, uv));
    uvs.push_back(uv);
    if (!(doubled_area(uv) > 0)) ++out.flipped;
  }
  const std::vector<bool> every(rows.size(), true);
  const std::vector<bool> skin = members(model, model.skin.data()).all;
  std::vector<bool> face = skin;
  for (std::size_t r = 0; r < model.regions.names.size(); ++r) {
    const std::string& name = model.regions.names[r];
    if (name != "scalp" && name != "neck" && name != "ears") continue;
    const auto outside =
        members(model, &model.regions.inside[r * static_cast<std::size_t>(model.vertices())]).none;
    for (std::size_t t = 0; t < face.size(); ++t) face[t] = face[t] && outside[t];
  }
  out.everything = summed(triangles, every);
  out.skin = summed(triangles, skin);
  out.face = summed(triangles, face);
  out.face_share = out.everything.used > 0 ? out.face.used / out.everything.used : 0;
  out.overlaps = count_overlaps(uvs);
  return out;
}

}  // namespace fgcn::mesh
