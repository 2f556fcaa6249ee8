#include "mesh/face/makehuman/chart_pack.h"

#include <algorithm>
#include <bitset>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include "kernels/core/error.h"

namespace fgcn::mesh::makehuman {
namespace {

constexpr int kCells = 256;
constexpr int kGapCells = 2;

using Row = std::bitset<kCells>;

/// The cells that a chart touches, with the gap around, from its lower left cell.
struct Mask {
  std::vector<Row> rows;
  int width = 0;
  Vec2 low{};  // of the chart, in cells
};

struct Bounds {
  Vec2 low{std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  Vec2 high{-std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
};

Bounds bounds(const PackedChart& chart) {
  Bounds out;
  for (const auto& triangle : chart.triangles)
    for (const Vec2& p : triangle)
      for (std::size_t c = 0; c < 2; ++c) {
        out.low[c] = std::min(out.low[c], p[c]);
        out.high[c] = std::max(out.high[c], p[c]);
      }
  return out;
}

/// True when the triangle, counter-clockwise or not, reaches into the cell.
bool reaches(const std::array<Vec2, 3>& p, double x, double y) {
  for (std::size_t k = 0; k < 3; ++k) {
    const Vec2& a = p[k];
    const Vec2& b = p[(k + 1) % 3];
    const Vec2& c = p[(k + 2) % 3];
    const auto side = [&](double u, double v) {
      return (b[0] - a[0]) * (v - a[1]) - (b[1] - a[1]) * (u - a[0]);
    };
    const double inner = side(c[0], c[1]) < 0 ? -1 : 1;
    double most = -1;
    for (const double u : {x, x + 1})
      for (const double v : {y, y + 1}) most = std::max(most, inner * side(u, v));
    if (most < 0) return false;
  }
  return true;
}

/// Nothing when the chart is larger than the square.
std::optional<Mask> mask(const PackedChart& chart, double cells, double left) {
  const Bounds b = bounds(chart);
  const double u = left, v = b.low[1] * cells;
  Mask out;
  out.low = {u, v};
  out.width = static_cast<int>(std::ceil(b.high[0] * cells - u)) + 2 * kGapCells;
  const int height = static_cast<int>(std::ceil(b.high[1] * cells - v)) + 2 * kGapCells;
  if (out.width > kCells || height > kCells) return std::nullopt;
  std::vector<Row> touched(static_cast<std::size_t>(height));
  for (std::array<Vec2, 3> p : chart.triangles) {
    for (Vec2& q : p) q = {q[0] * cells - u + kGapCells, q[1] * cells - v + kGapCells};
    const auto [x0, x1] = std::minmax({p[0][0], p[1][0], p[2][0]});
    const auto [y0, y1] = std::minmax({p[0][1], p[1][1], p[2][1]});
    for (int y = static_cast<int>(y0); y <= std::min(static_cast<int>(y1), height - 1); ++y)
      for (int x = static_cast<int>(x0); x <= std::min(static_cast<int>(x1), out.width - 1); ++x)
        if (reaches(p, x, y)) touched[static_cast<std::size_t>(y)].set(static_cast<std::size_t>(x));
  }
  // Every chart carries the gap, so that two of them would have it twice: one carries half.
  constexpr int kHalf = kGapCells / 2;
  out.rows.assign(touched.size(), Row{});
  for (int y = 0; y < height; ++y)
    for (int other = std::max(y - kHalf, 0); other <= std::min(y + kHalf, height - 1); ++other) {
      Row& row = out.rows[static_cast<std::size_t>(y)];
      const Row& from = touched[static_cast<std::size_t>(other)];
      for (int shift = 0; shift <= kHalf; ++shift) {
        row |= from << static_cast<std::size_t>(shift);
        row |= from >> static_cast<std::size_t>(shift);
      }
    }
  return out;
}

class Square {
 public:
  bool free(const Mask& m, int x, int y) const {
    for (std::size_t r = 0; r < m.rows.size(); ++r)
      if ((rows_[static_cast<std::size_t>(y) + r] & (m.rows[r] << static_cast<std::size_t>(x)))
              .any())
        return false;
    return true;
  }
  void take(const Mask& m, int x, int y) {
    for (std::size_t r = 0; r < m.rows.size(); ++r)
      rows_[static_cast<std::size_t>(y) + r] |= m.rows[r] << static_cast<std::size_t>(x);
  }

 private:
  std::array<Row, kCells> rows_{};
};

Mask mirrored(const Mask& m) {
  Mask out{std::vector<Row>(m.rows.size()), m.width, m.low};
  for (std::size_t r = 0; r < m.rows.size(); ++r)
    for (int x = 0; x < m.width; ++x)
      out.rows[r].set(static_cast<std::size_t>(m.width - 1 - x),
                      m.rows[r].test(static_cast<std::size_t>(x)));
  return out;
}

/// [charts] shifts at this scale, cells a unit; nothing when one has no place.
std::optional<std::vector<Vec2>> at_scale(const std::vector<PackedChart>& charts, double cells) {
  Square square;
  std::vector<Vec2> out;
  for (const PackedChart& chart : charts) {
    const bool middle = chart.place == Place::kMiddle, twin = chart.place == Place::kTwin;
    // A chart in the middle keeps its axis where two cells meet.
    const double edge = bounds(chart).low[0] * cells;
    const auto m = mask(chart, cells, middle ? std::floor(edge) : edge);
    if (!m) return std::nullopt;
    const Mask other = mirrored(*m);
    const int height = static_cast<int>(m->rows.size());
    const int axis = kCells / 2 + static_cast<int>(std::floor(edge)) - kGapCells;
    const int first = middle ? axis : twin ? kCells / 2 : 0;
    const int last = middle ? axis : kCells - m->width;
    if (first < 0 || last + m->width > kCells) return std::nullopt;
    bool found = false;
    for (int y = kCells - height; y >= 0 && !found; --y)
      for (int x = first; x <= last && !found; ++x) {
        const int across = kCells - x - m->width;
        if (!square.free(*m, x, y) || (twin && !square.free(other, across, y))) continue;
        found = true;
        square.take(*m, x, y);
        if (twin) square.take(other, across, y);
        out.push_back({(x + kGapCells - m->low[0]) / kCells, (y + kGapCells - m->low[1]) / kCells});
      }
    if (!found) return std::nullopt;
  }
  return out;
}

}  // namespace

Packing pack(const std::vector<PackedChart>& charts) {
  double widest = 0;
  for (const PackedChart& chart : charts) {
    const Bounds b = bounds(chart);
    widest = std::max({widest, b.high[0] - b.low[0], b.high[1] - b.low[1]});
  }
  FGCN_CHECK(widest > 0, "pack: ", charts.size(), " charts without size");
  const double most = kCells / widest;
  for (double cells = most; cells > most / 100; cells *= 0.99)
    if (auto shift = at_scale(charts, cells)) return {cells / kCells, std::move(*shift)};
  FGCN_CHECK(false, "pack: ", charts.size(), " charts do not fit");
  return {};
}

}  // namespace fgcn::mesh::makehuman
