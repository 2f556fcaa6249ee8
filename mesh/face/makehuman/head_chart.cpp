#include "mesh/face/makehuman/head_chart.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "mesh/face/makehuman/chart_pack.h"
#include "mesh/face/makehuman/head_pieces.h"
#include "mesh/face/makehuman/unfold.h"
#include "mesh/flatten.h"

namespace fgcn::mesh::makehuman {
namespace {

std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

/// One of the wheel's charts by itself.
struct Chart {
  std::int32_t number = 0;  // in the wheel
  std::vector<std::int32_t> faces;
  Polygons mesh;                       // corners by place in `rows`
  std::vector<std::int32_t> rows;      // the wheel's
  std::vector<std::int32_t> vertices;  // of `rows`
  std::vector<Vec3> position;          // of `rows`
  std::vector<Vec2> place;             // of `rows`; a dm of the face is 1
};

std::vector<Chart> other_charts(const CutMesh& cut, const std::vector<ChartKind>& kinds,
                                const std::vector<Vec3>& base) {
  std::vector<Chart> out(kinds.size());
  std::vector<std::int32_t> number(cut.uv.size(), -1);
  for (std::int32_t f = 0; f < cut.mesh.faces(); ++f) {
    const std::int32_t own = cut.chart[index(f)];
    if (kinds[index(own)] == ChartKind::kHead) continue;
    Chart& chart = out[index(own)];
    chart.number = own;
    chart.faces.push_back(f);
    for (std::int32_t k = 0; k < cut.mesh.corners(f); ++k) {
      const std::int32_t row = cut.mesh.uv_corner(f, k), v = cut.mesh.corner(f, k);
      if (number[index(row)] < 0) {
        number[index(row)] = static_cast<std::int32_t>(chart.rows.size());
        chart.rows.push_back(row);
        chart.vertices.push_back(v);
        chart.position.push_back(blended(cut.blend[index(v)], base));
        chart.place.push_back(cut.uv[index(row)]);
      }
      chart.mesh.vertex.push_back(number[index(row)]);
    }
    chart.mesh.begin.push_back(static_cast<std::int32_t>(chart.mesh.vertex.size()));
    chart.mesh.vertices = static_cast<std::int32_t>(chart.rows.size());
  }
  std::erase_if(out, [](const Chart& chart) { return chart.faces.empty(); });
  return out;
}

Vec3 middle(const Chart& chart) {
  Vec3 sum{};
  for (const Vec3& p : chart.position)
    sum = sum + 1.0 / static_cast<double>(chart.position.size()) * p;
  return sum;
}

/// Wished texture length for a length on the surface. Teeth and tongue show in an open mouth, the
/// front of an eye shows always, its back, socket and lining never.
double wished_scale(ChartKind kind, std::uint8_t part, bool foremost) {
  if (kind == ChartKind::kMouth) return 0.3;
  if (kind == ChartKind::kSocket) return 0.3;
  if (kind == ChartKind::kNeck) return kLeastScale;
  switch (part) {
    case kLeftEye:
    case kRightEye:
      return foremost ? 1.1 : 0.25;
    case kUpperTeeth:
    case kLowerTeeth:
      return 0.6;
    case kTongue:
      return 0.45;
    default:
      return 1;
  }
}

/// The chart at its wished size; flattened anew where `again`.
void bring_to_size(Chart& chart, double scale, bool again) {
  const std::vector<FlatTriangle> triangles = corner_triangles(
      chart.mesh, chart.position, std::vector<double>(index(chart.mesh.faces()), scale));
  double wished = 0, is = 0;
  for (const FlatTriangle& t : triangles) {
    wished += t.length * t.apex[1];
    const Vec2 &a = chart.place[index(t.corner[0])], &b = chart.place[index(t.corner[1])],
               &c = chart.place[index(t.corner[2])];
    is += (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]);
  }
  FGCN_CHECK(is > 0, "lay_out: the wheel's chart ", chart.number, " is mirrored");
  for (Vec2& p : chart.place)
    for (double& x : p) x *= std::sqrt(wished / is);
  if (again)
    chart.place = flatten(triangles, chart.place, std::vector<std::uint8_t>(chart.rows.size(), 0));
}

/// The twin of a left chart: the one whose vertices are the mirror images.
std::size_t twin_of(const std::vector<Chart>& charts, std::size_t left, const CutMesh& cut) {
  std::set<std::int32_t> across;
  for (const std::int32_t v : charts[left].vertices) across.insert(cut.mirror[index(v)]);
  for (std::size_t c = 0; c < charts.size(); ++c)
    if (std::set<std::int32_t>(charts[c].vertices.begin(), charts[c].vertices.end()) == across)
      return c;
  FGCN_CHECK(false, "lay_out: the wheel's chart ", charts[left].number, " has no partner");
  return 0;
}

std::vector<std::array<Vec2, 3>> fans(const Polygons& mesh, const std::vector<Vec2>& place) {
  std::vector<std::array<Vec2, 3>> out;
  for (std::int32_t f = 0; f < mesh.faces(); ++f)
    for (std::int32_t k = 1; k + 1 < mesh.corners(f); ++k)
      out.push_back({place[index(mesh.corner(f, 0))], place[index(mesh.corner(f, k))],
                     place[index(mesh.corner(f, k + 1))]});
  return out;
}

/// The new rows, one after the other.
class Rows {
 public:
  Rows(CutMesh& cut, double scale) : cut_(cut), scale_(scale) {}

  std::int32_t add(const Vec2& place, const Vec2& shift, bool mirrored) {
    const double u = shift[0] + scale_ * place[0], v = shift[1] + scale_ * place[1];
    uv_.push_back({mirrored ? 1 - u : u, v});
    return static_cast<std::int32_t>(uv_.size()) - 1;
  }
  void set_corner(std::int32_t face, std::int32_t k, std::int32_t row) {
    cut_.mesh.uv[index(cut_.mesh.begin[index(face)] + k)] = row;
  }
  void finish() {
    cut_.uv = std::move(uv_);
    cut_.mesh.uvs = static_cast<std::int32_t>(cut_.uv.size());
  }

 private:
  CutMesh& cut_;
  double scale_;
  std::vector<Vec2> uv_;
};

void add_halves(const CutMesh& cut, const HalfPiece& half, const Unfolded& flat, const Vec2& shift,
                Rows& rows) {
  std::map<std::int32_t, std::int32_t> left, right;  // row by vertex
  for (std::size_t i = 0; i < half.vertices.size(); ++i) {
    const std::int32_t v = half.vertices[i];
    left[v] = rows.add(flat.place[i], shift, false);
    right[cut.mirror[index(v)]] =
        flat.on_axis[i] != 0 ? left[v]
                             : rows.add({-flat.place[i][0], flat.place[i][1]}, shift, false);
  }
  std::set<std::vector<std::int32_t>> across;  // corners of the other half's faces, sorted
  for (const std::int32_t f : half.faces) {
    std::vector<std::int32_t> corners;
    for (std::int32_t k = 0; k < cut.mesh.corners(f); ++k) {
      rows.set_corner(f, k, left.at(cut.mesh.corner(f, k)));
      corners.push_back(cut.mirror[index(cut.mesh.corner(f, k))]);
    }
    std::sort(corners.begin(), corners.end());
    across.insert(std::move(corners));
  }
  for (std::int32_t f = 0; f < cut.mesh.faces(); ++f) {
    if (cut.part[index(f)] != kSkin) continue;
    std::vector<std::int32_t> corners;
    corners.reserve(index(cut.mesh.corners(f)));
    for (std::int32_t k = 0; k < cut.mesh.corners(f); ++k) corners.push_back(cut.mesh.corner(f, k));
    std::sort(corners.begin(), corners.end());
    for (std::int32_t k = 0; across.contains(corners) && k < cut.mesh.corners(f); ++k)
      rows.set_corner(f, k, right.at(cut.mesh.corner(f, k)));
  }
}

/// The half and its mirror image.
std::vector<std::array<Vec2, 3>> both_halves(const HalfPiece& half, const Unfolded& flat) {
  std::vector<std::array<Vec2, 3>> out = fans(half.mesh, flat.place);
  for (std::size_t i = 0, n = out.size(); i < n; ++i) {
    out.push_back(out[i]);
    for (Vec2& p : out.back()) p[0] = -p[0];
  }
  return out;
}

void add_chart(const Chart& chart, const Vec2& shift, Rows& rows) {
  std::vector<std::int32_t> number;
  for (const Vec2& place : chart.place) number.push_back(rows.add(place, shift, false));
  for (std::size_t i = 0; i < chart.faces.size(); ++i)
    for (std::int32_t k = 0; k < chart.mesh.corners(static_cast<std::int32_t>(i)); ++k)
      rows.set_corner(chart.faces[i], k,
                      number[index(chart.mesh.corner(static_cast<std::int32_t>(i), k))]);
}

/// `twin` in the place across from `chart`'s, as its mirror image.
void add_twin(const Chart& twin, const Chart& chart, const CutMesh& cut, const Vec2& shift,
              Rows& rows) {
  std::map<std::int32_t, std::int32_t> place;  // by vertex
  for (std::size_t i = 0; i < chart.vertices.size(); ++i)
    FGCN_CHECK(place.emplace(chart.vertices[i], i).second, "lay_out: the wheel's chart ",
               chart.number, " has a seam inside");
  std::map<std::int32_t, std::int32_t> number;
  for (std::size_t i = 0; i < twin.faces.size(); ++i)
    for (std::int32_t k = 0; k < twin.mesh.corners(static_cast<std::int32_t>(i)); ++k) {
      const std::int32_t at = place.at(cut.mirror[index(
          twin.vertices[index(twin.mesh.corner(static_cast<std::int32_t>(i), k))])]);
      const auto [found, fresh] = number.try_emplace(at, -1);
      if (fresh) found->second = rows.add(chart.place[index(at)], shift, true);
      rows.set_corner(twin.faces[i], k, found->second);
    }
}

}  // namespace

void lay_out(CutMesh& cut, const std::vector<ChartKind>& kinds, const std::vector<Vec3>& base) {
  const HeadPieces pieces = cut_behind_ears(cut, kinds, base);
  const Unfolded front = unfold(pieces.front, Seen::kFromFront);
  const Unfolded back = unfold(pieces.back, Seen::kFromBehind);
  std::vector<Chart> charts = other_charts(cut, kinds, base);
  struct Placed {
    std::size_t chart, twin;
    double area;
  };
  std::vector<Placed> placed;
  for (std::size_t c = 0; c < charts.size(); ++c) {
    Chart& chart = charts[c];
    const Vec3 at = middle(chart);
    const ChartKind kind = kinds[index(chart.number)];
    const std::uint8_t part = cut.part[index(chart.faces.front())];
    const std::size_t twin = twin_of(charts, c, cut);
    if (twin != c && at[0] < 0) continue;
    bool foremost = true;  // of its part
    for (const Chart& other : charts)
      if (other.number != chart.number && cut.part[index(other.faces.front())] == part)
        foremost = foremost && at[2] > middle(other)[2];
    const double scale = wished_scale(kind, part, foremost);
    bring_to_size(chart, scale, kind != ChartKind::kPart);
    double area = 0;
    for (const auto& t : fans(chart.mesh, chart.place))
      area += (t[1][0] - t[0][0]) * (t[2][1] - t[0][1]) - (t[2][0] - t[0][0]) * (t[1][1] - t[0][1]);
    placed.push_back({c, twin, area});
  }
  std::stable_sort(placed.begin(), placed.end(),
                   [](const Placed& a, const Placed& b) { return a.area > b.area; });

  std::vector<PackedChart> to_pack{{both_halves(pieces.front, front), Place::kMiddle},
                                   {both_halves(pieces.back, back), Place::kFree}};
  for (const Placed& p : placed)
    to_pack.push_back({fans(charts[p.chart].mesh, charts[p.chart].place),
                       p.twin == p.chart ? Place::kFree : Place::kTwin});
  const Packing packing = pack(to_pack);
  Rows rows(cut, packing.scale);
  add_halves(cut, pieces.front, front, packing.shift[0], rows);
  add_halves(cut, pieces.back, back, packing.shift[1], rows);
  for (std::size_t i = 0; i < placed.size(); ++i) {
    const Chart& chart = charts[placed[i].chart];
    add_chart(chart, packing.shift[i + 2], rows);
    if (placed[i].twin != placed[i].chart)
      add_twin(charts[placed[i].twin], chart, cut, packing.shift[i + 2], rows);
  }
  rows.finish();
}

std::vector<Vec2> subdivided_rows(const CutMesh& cut, const Subdivision& first,
                                  const Subdivision& second) {
  // The charts as a surface of their own: its vertices are the rows.
  Polygons flat = cut.mesh;
  flat.vertices = cut.mesh.uvs;
  flat.vertex = cut.mesh.uv;
  const Subdivision once = subdivide(flat), twice = subdivide(once.mesh);
  std::vector<Vec2> out(second.uvs.size(), Vec2{});
  FGCN_CHECK(twice.mesh.vertex.size() == second.mesh.uv.size() &&
                 once.mesh.vertex.size() == first.mesh.uv.size(),
             "subdivided_rows: the steps are of another mesh");
  const std::vector<Blend> blends = composed(twice.vertices, once.vertices);
  for (std::size_t c = 0; c < second.mesh.uv.size(); ++c)
    out[index(second.mesh.uv[c])] = blended(blends[index(twice.mesh.vertex[c])], cut.uv);
  return out;
}

}  // namespace fgcn::mesh::makehuman
