// Texture coordinates of models that have none.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <utility>

#include "mesh/face/morphable/raw_model.h"
#include "mesh/face/parts.h"

namespace fgcn::mesh::morphable {
namespace {

constexpr double kMargin = 0.005;  // of the texture, around a chart
constexpr double kStrip = 0.15;    // at the bottom, for pieces beside the face

std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

struct Box {
  Vec2 low{std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  Vec2 high{-std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};

  void add(const Vec2& p) {
    for (std::size_t c = 0; c < 2; ++c) {
      low[c] = std::min(low[c], p[c]);
      high[c] = std::max(high[c], p[c]);
    }
  }
  /// The point's place in `to`.
  Vec2 carried(const Vec2& p, const Box& to) const {
    Vec2 out{};
    for (std::size_t c = 0; c < 2; ++c) {
      const double size = high[c] - low[c];
      const double at = size > 0 ? (p[c] - low[c]) / size : 0.5;
      out[c] = to.low[c] + at * (to.high[c] - to.low[c]);
    }
    return out;
  }
};

}  // namespace

void unroll(FaceModel& model) {
  constexpr double kTurn = 2 * std::numbers::pi;
  const auto vertices = static_cast<std::size_t>(model.vertices());
  const auto at = [&](std::int32_t v) {
    const float* p = &model.mean_shape[3 * index(v)];
    return Vec3{p[0], p[1], p[2]};
  };
  const Vec3 axis = 0.5 * (at(model.landmarks[0]) + at(model.landmarks[16]));
  const std::vector<std::int32_t> piece = pieces(vertices, model.triangles);
  const std::int32_t face = piece[index(model.landmarks[30])];

  // Rows: the vertices, then what the seam repeats, one turn on.
  std::vector<Vec2> rows(vertices);
  for (std::size_t v = 0; v < vertices; ++v) {
    const Vec3 p = at(static_cast<std::int32_t>(v));
    rows[v] = piece[v] == face ? Vec2{std::atan2(p[0] - axis[0], p[2] - axis[2]), p[1]}
                               : Vec2{p[0], p[1]};
  }
  std::vector<std::int32_t> row_piece = piece;
  std::map<std::int32_t, std::int32_t> repeated;
  std::vector<Triangle> corners = model.triangles;
  for (Triangle& t : corners) {
    if (piece[index(t[0])] != face) continue;
    const auto angle = [&](std::int32_t v) { return rows[index(v)][0]; };
    const auto [least, most] = std::minmax({angle(t[0]), angle(t[1]), angle(t[2])});
    if (most - least <= kTurn / 2) continue;
    for (std::int32_t& v : t) {
      if (angle(v) >= 0) continue;
      const auto [found, fresh] = repeated.try_emplace(v, static_cast<std::int32_t>(rows.size()));
      if (fresh) {
        const Vec2 old = rows[index(v)];
        rows.push_back({old[0] + kTurn, old[1]});
        row_piece.push_back(face);
      }
      v = found->second;
    }
  }

  std::map<std::int32_t, Box> boxes;
  for (const Triangle& t : corners)
    for (const std::int32_t row : t) boxes[row_piece[index(row)]].add(rows[index(row)]);
  const bool alone = boxes.size() == 1;
  std::map<std::int32_t, Box> places;
  double left = 0;
  for (const auto& [root, box] : boxes) {
    if (root == face) {
      places[root] = {{kMargin, (alone ? 0 : kStrip) + kMargin}, {1 - kMargin, 1 - kMargin}};
      continue;
    }
    const double width = 1 / static_cast<double>(boxes.size() - 1);
    const double margin = std::min(kMargin, width / 4);
    places[root] = {{left + margin, kMargin}, {left + width - margin, kStrip - kMargin}};
    left += width;
  }
  model.uv.clear();
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto box = boxes.find(row_piece[row]);
    const Vec2 uv = box == boxes.end() ? Vec2{0, 0}  // of no triangle
                                       : box->second.carried(rows[row], places.at(row_piece[row]));
    for (const double x : uv) model.uv.push_back(static_cast<float>(std::clamp(x, 0.0, 1.0)));
  }
  model.uv_triangles = repeated.empty() ? std::vector<Triangle>() : std::move(corners);
}

}  // namespace fgcn::mesh::morphable
