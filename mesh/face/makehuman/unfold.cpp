#include "mesh/face/makehuman/unfold.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <set>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "mesh/flatten.h"

namespace fgcn::mesh::makehuman {
namespace {

std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

using Chain = std::vector<std::int32_t>;

/// Border loops.
std::vector<Chain> loops(const Polygons& mesh) {
  std::set<std::array<std::int32_t, 2>> directed;
  for (std::int32_t f = 0; f < mesh.faces(); ++f)
    for (std::int32_t k = 0; k < mesh.corners(f); ++k)
      directed.insert({mesh.corner(f, k), mesh.corner(f, (k + 1) % mesh.corners(f))});
  std::map<std::int32_t, std::int32_t> next;
  for (const auto& [a, b] : directed)
    if (!directed.contains({b, a}))
      FGCN_CHECK(next.emplace(a, b).second, "unfold: borders meet in a vertex");
  std::vector<Chain> out;
  while (!next.empty()) {
    out.emplace_back();
    for (auto at = next.begin(); at != next.end();) {
      out.back().push_back(at->first);
      const std::int32_t to = at->second;
      next.erase(at);
      at = next.find(to);
    }
  }
  return out;
}

double length(const Chain& chain, const std::vector<Vec3>& position) {
  double sum = 0;
  for (std::size_t k = 1; k < chain.size(); ++k)
    sum += norm(position[index(chain[k])] - position[index(chain[k - 1])]);
  return sum;
}

/// Shares of a chain's length: 0 at its begin, 1 at its end.
std::vector<double> shares(const Chain& chain, const std::vector<Vec3>& position) {
  std::vector<double> out{0};
  for (std::size_t k = 1; k < chain.size(); ++k)
    out.push_back(out.back() + norm(position[index(chain[k])] - position[index(chain[k - 1])]));
  for (double& x : out) x /= out.back();
  return out;
}

/// The half with its holes closed by a vertex each in their middle.
struct Disk {
  Polygons mesh;
  std::vector<Vec3> position;
  Chain axis;   // along the middle, over the mouth's gap
  Chain outer;  // from the axis' end back to its begin
};

std::int32_t close_gap(const Chain& border, Disk& disk) {
  const std::int32_t hub = disk.mesh.vertices++;
  Vec3 middle{};
  for (std::size_t k = 0; k + 1 < border.size(); ++k) {
    middle =
        middle + 1.0 / static_cast<double>(border.size() - 1) * disk.position[index(border[k])];
    disk.mesh.vertex.insert(disk.mesh.vertex.end(), {border[k + 1], border[k], hub});
    disk.mesh.begin.push_back(static_cast<std::int32_t>(disk.mesh.vertex.size()));
  }
  disk.position.push_back(middle);
  return hub;
}

Disk closed(const HalfPiece& half) {
  Disk out{half.mesh, half.position, {}, {}};
  Chain around;
  for (Chain& loop : loops(half.mesh)) {
    const auto on_middle = [&](std::int32_t v) { return half.middle[index(v)] != 0; };
    if (std::any_of(loop.begin(), loop.end(), on_middle)) {
      FGCN_CHECK(around.empty(), "unfold: the half has two borders on the middle");
      around = std::move(loop);
    } else {
      loop.push_back(loop.front());
      close_gap(loop, out);
    }
  }
  // Runs beside the middle: the longest is the outer one, another the mouth's.
  const std::size_t n = around.size();
  const auto middle = [&](std::size_t i) { return half.middle[index(around[i % n])] != 0; };
  std::vector<std::pair<std::size_t, Chain>> runs;  // place of the vertex before, chain
  for (std::size_t i = 0; i < n; ++i) {
    if (!middle(i) || middle(i + 1)) continue;
    Chain chain{around[i]};
    std::size_t k = i + 1;
    for (; !middle(k); ++k) chain.push_back(around[k % n]);
    chain.push_back(around[k % n]);
    runs.emplace_back(i, std::move(chain));
  }
  FGCN_CHECK(!runs.empty() && runs.size() <= 2, "unfold: the half's middle has ", runs.size(),
             " gaps, expected one or two");
  const auto shorter = [&](const auto& a, const auto& b) {
    return length(a.second, half.position) < length(b.second, half.position);
  };
  std::sort(runs.begin(), runs.end(), shorter);
  out.outer = runs.back().second;
  std::size_t i = runs.back().first + out.outer.size() - 1;
  for (; i % n != runs.back().first; ++i) {
    if (!middle(i)) continue;
    out.axis.push_back(around[i % n]);
    if (runs.size() == 1 || i % n != runs.front().first) continue;
    const Chain& mouth = runs.front().second;
    const std::int32_t hub = close_gap(mouth, out);
    out.position[index(hub)] =
        0.5 * (half.position[index(mouth.front())] + half.position[index(mouth.back())]);
    out.axis.push_back(hub);
  }
  out.axis.push_back(around[i % n]);
  return out;
}

}  // namespace

double wished_scale(const Vec3& from_chin) {
  constexpr double kUnder = -0.05, kHairline = 1.35, kBack = -0.5, kFades = 0.42;
  const double above = std::max(from_chin[1] - kHairline, 0.0);
  const double below = std::max(kUnder - from_chin[1], 0.0);
  const double behind = std::max(kBack - from_chin[2], 0.0);
  const double away = std::hypot(above + below, behind) / kFades;
  return kLeastScale + (1 - kLeastScale) * std::exp(-away * away);
}

Unfolded unfold(const HalfPiece& half, Seen seen) {
  const Disk disk = closed(half);
  // Counter-clockwise: the axis runs down on the left of the half that is seen from the front, up
  // on the right of the other.
  const double side = seen == Seen::kFromFront ? 1 : -1;
  std::vector<Vec2> place(index(disk.mesh.vertices), Vec2{});
  std::vector<std::uint8_t> fixed(index(disk.mesh.vertices), 0), on_axis = fixed;
  const std::vector<double> along = shares(disk.axis, disk.position);
  for (std::size_t i = 0; i < disk.axis.size(); ++i) {
    place[index(disk.axis[i])] = {0, side * (1 - 2 * along[i])};
    fixed[index(disk.axis[i])] = on_axis[index(disk.axis[i])] = 1;
  }
  const std::vector<double> around = shares(disk.outer, disk.position);
  for (std::size_t i = 1; i + 1 < disk.outer.size(); ++i) {
    const double angle = std::numbers::pi * (around[i] - 0.5);
    place[index(disk.outer[i])] = {side * std::cos(angle), side * std::sin(angle)};
    fixed[index(disk.outer[i])] = 1;
  }
  std::vector<double> scale;
  for (std::int32_t f = 0; f < disk.mesh.faces(); ++f) {
    Vec3 middle{};
    for (std::int32_t k = 0; k < disk.mesh.corners(f); ++k)
      middle = middle + (1.0 / disk.mesh.corners(f)) * disk.position[index(disk.mesh.corner(f, k))];
    // Gaps wider than they are leave texels between upper and lower lip.
    constexpr double kOpen = 1.7;
    scale.push_back(wished_scale(middle) * (f < half.mesh.faces() ? 1 : kOpen));
  }
  std::vector<FlatTriangle> triangles = corner_triangles(disk.mesh, disk.position, scale);
  // Faces that close a gap only keep its two sides from lying on each other.
  constexpr double kGapWeight = 0.05;
  for (FlatTriangle& t : triangles)
    if (std::max({t.corner[0], t.corner[1], t.corner[2]}) >= half.mesh.vertices)
      t.weight *= kGapWeight;
  Unfolded out{flatten(triangles, tutte(disk.mesh, place, fixed), on_axis), std::move(on_axis)};
  out.place.resize(half.vertices.size());
  out.on_axis.resize(half.vertices.size());
  return out;
}

}  // namespace fgcn::mesh::makehuman
