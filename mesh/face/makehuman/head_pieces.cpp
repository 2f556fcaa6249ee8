#include "mesh/face/makehuman/head_pieces.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "mesh/face/makehuman/head_landmarks.h"

namespace fgcn::mesh::makehuman {
namespace {

std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

using Edge = std::array<std::int32_t, 2>;

Edge edge_of(std::int32_t a, std::int32_t b) { return {std::min(a, b), std::max(a, b)}; }

/// The seam follows the line from the top of the head to behind the ear, seen from the side; dm in
/// the wheel's figure, y and z from the chin.
constexpr Vec2 kTop{2.25, -0.8}, kBehindEar{0.45, -1.25};
constexpr Vec2 kEnd{0.35, -0.95};  // below the ear

/// How far behind the line.
double behind(const Vec3& p) {
  const double y = kTop[0] - kBehindEar[0], z = kTop[1] - kBehindEar[1];
  return ((p[1] - kBehindEar[0]) * z - (p[2] - kBehindEar[1]) * y) / std::hypot(y, z);
}

HalfPiece piece_of(const CutMesh& cut, const std::vector<std::int32_t>& faces,
                   const std::vector<Vec3>& base) {
  HalfPiece out;
  out.faces = faces;
  std::vector<std::int32_t> number(index(cut.mesh.vertices), -1);
  for (const std::int32_t f : faces) {
    for (std::int32_t k = 0; k < cut.mesh.corners(f); ++k) {
      const std::int32_t v = cut.mesh.corner(f, k);
      if (number[index(v)] < 0) {
        number[index(v)] = static_cast<std::int32_t>(out.vertices.size());
        out.vertices.push_back(v);
        out.position.push_back(blended(cut.blend[index(v)], base) - base.at(kChin));
        out.middle.push_back(cut.mirror[index(v)] == v ? 1 : 0);
      }
      out.mesh.vertex.push_back(number[index(v)]);
    }
    out.mesh.begin.push_back(static_cast<std::int32_t>(out.mesh.vertex.size()));
  }
  out.mesh.vertices = static_cast<std::int32_t>(out.vertices.size());
  return out;
}

/// The faces on both sides of every edge; -1 beyond a border.
std::map<Edge, std::array<std::int32_t, 2>> edge_faces(const Polygons& mesh) {
  std::map<Edge, std::array<std::int32_t, 2>> out;
  for (std::int32_t f = 0; f < mesh.faces(); ++f)
    for (std::int32_t k = 0; k < mesh.corners(f); ++k) {
      const Edge edge = edge_of(mesh.corner(f, k), mesh.corner(f, (k + 1) % mesh.corners(f)));
      auto& sides = out.try_emplace(edge, std::array<std::int32_t, 2>{-1, -1}).first->second;
      sides[sides[0] < 0 ? 0 : 1] = f;
    }
  return out;
}

/// The chain of edges of least cost from the border at the top to the border below the ear; length
/// costs more away from the line.
std::set<Edge> seam(const HalfPiece& half,
                    const std::map<Edge, std::array<std::int32_t, 2>>& edges) {
  std::vector<bool> border(half.vertices.size(), false);
  std::vector<std::vector<std::int32_t>> neighbours(half.vertices.size());
  for (const auto& [edge, sides] : edges)
    for (std::size_t k = 0; k < 2; ++k) {
      neighbours[index(edge[k])].push_back(edge[1 - k]);
      if (sides[1] < 0) border[index(edge[k])] = true;
    }
  const auto nearest = [&](bool middle) {
    std::size_t best = half.vertices.size();
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t v = 0; v < half.vertices.size(); ++v) {
      const bool above = half.position[v][1] > (kTop[0] + kBehindEar[0]) / 2;
      if (!border[v] || (half.middle[v] != 0) != middle || above != middle) continue;
      const Vec2& aim = middle ? kTop : kEnd;
      const double away = std::hypot(half.position[v][1] - aim[0], half.position[v][2] - aim[1]);
      if (away < least) {
        least = away;
        best = v;
      }
    }
    FGCN_CHECK(best < half.vertices.size(), "cut_behind_ears: the head has no border there");
    return static_cast<std::int32_t>(best);
  };
  const std::int32_t from = nearest(true), to = nearest(false);
  constexpr double kNear = 0.3;  // dm
  std::vector<double> cost(half.vertices.size(), std::numeric_limits<double>::infinity());
  std::vector<std::int32_t> before(half.vertices.size(), -1);
  std::set<std::pair<double, std::int32_t>> open{{0.0, from}};
  cost[index(from)] = 0;
  while (!open.empty()) {
    const std::int32_t v = open.begin()->second;
    open.erase(open.begin());
    for (const std::int32_t w : neighbours[index(v)]) {
      if (border[index(w)] && w != to) continue;  // the seam crosses the inside
      const Vec3 middle = 0.5 * (half.position[index(v)] + half.position[index(w)]);
      const double away = behind(middle) / kNear;
      const double sum = cost[index(v)] + norm(half.position[index(v)] - half.position[index(w)]) *
                                              (1 + away * away);
      if (!(sum < cost[index(w)])) continue;
      open.erase({cost[index(w)], w});
      cost[index(w)] = sum;
      before[index(w)] = v;
      open.insert({sum, w});
    }
  }
  std::set<Edge> out;
  for (std::int32_t v = to; v != from; v = before[index(v)]) {
    FGCN_CHECK(before[index(v)] >= 0, "cut_behind_ears: no edges lead behind the ear");
    out.insert(edge_of(v, before[index(v)]));
  }
  return out;
}

}  // namespace

HeadPieces cut_behind_ears(const CutMesh& cut, const std::vector<ChartKind>& kinds,
                           const std::vector<Vec3>& base) {
  std::vector<std::int32_t> faces;
  for (std::int32_t f = 0; f < cut.mesh.faces(); ++f) {
    double side = 0;
    for (std::int32_t k = 0; k < cut.mesh.corners(f); ++k)
      side += blended(cut.blend[index(cut.mesh.corner(f, k))], base)[0];
    if (kinds[index(cut.chart[index(f)])] == ChartKind::kHead && side > 0) faces.push_back(f);
  }
  const HalfPiece half = piece_of(cut, faces, base);
  const auto edges = edge_faces(half.mesh);
  const std::set<Edge> cut_edges = seam(half, edges);
  // The back is connected to the farthest face behind without crossing the seam.
  std::vector<double> away(faces.size(), 0);
  for (std::int32_t f = 0; f < half.mesh.faces(); ++f)
    for (std::int32_t k = 0; k < half.mesh.corners(f); ++k)
      away[index(f)] += behind(half.position[index(half.mesh.corner(f, k))]) / half.mesh.corners(f);
  std::vector<std::int32_t> reached{
      static_cast<std::int32_t>(std::max_element(away.begin(), away.end()) - away.begin())};
  std::vector<bool> is_back(faces.size(), false);
  is_back[index(reached[0])] = true;
  for (std::size_t i = 0; i < reached.size(); ++i)
    for (std::int32_t k = 0; k < half.mesh.corners(reached[i]); ++k) {
      const Edge edge =
          edge_of(half.mesh.corner(reached[i], k),
                  half.mesh.corner(reached[i], (k + 1) % half.mesh.corners(reached[i])));
      if (cut_edges.contains(edge)) continue;
      for (const std::int32_t g : edges.at(edge)) {
        if (g < 0 || is_back[index(g)]) continue;
        is_back[index(g)] = true;
        reached.push_back(g);
      }
    }
  std::array<std::vector<std::int32_t>, 2> sides;
  for (std::size_t f = 0; f < faces.size(); ++f) sides[is_back[f] ? 1 : 0].push_back(faces[f]);
  FGCN_CHECK(!sides[0].empty(), "cut_behind_ears: the seam does not divide the head");
  return {piece_of(cut, sides[0], base), piece_of(cut, sides[1], base)};
}

}  // namespace fgcn::mesh::makehuman
