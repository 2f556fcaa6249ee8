#include "mesh/face/makehuman/chart_layout.h"

#include <algorithm>
#include <limits>

#include "kernels/core/error.h"

namespace fgcn::mesh::makehuman {
namespace {

constexpr double kGap = 0.008;  // between charts: eight texels of a texture of 1,024

std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

struct Chart {
  std::int64_t faces = 0;
  std::uint8_t part = 0;
  std::vector<std::int32_t> rows;
  Vec2 low{std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  Vec2 high{-std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  double scale = 1;

  double width() const { return (high[0] - low[0]) * scale; }
  double height() const { return (high[1] - low[1]) * scale; }
};

/// Texels a decimetre beside the wheel's: eyes and mouth are small there.
double enlarged(std::uint8_t part) {
  switch (part) {
    case kLeftEye:
    case kRightEye:
      return 5;
    case kUpperTeeth:
    case kLowerTeeth:
    case kTongue:
      return 2;
    default:
      return 1;
  }
}

std::vector<Chart> charts_of(const CutMesh& cut) {
  const auto count =
      cut.chart.empty() ? 0 : *std::max_element(cut.chart.begin(), cut.chart.end()) + 1;
  std::vector<Chart> charts(index(count));
  std::vector<bool> seen(cut.uv.size(), false);
  for (std::int32_t f = 0; f < cut.mesh.faces(); ++f) {
    Chart& chart = charts[index(cut.chart[index(f)])];
    ++chart.faces;
    chart.part = cut.part[index(f)];
    for (std::int32_t k = 0; k < cut.mesh.corners(f); ++k) {
      const std::int32_t row = cut.mesh.uv_corner(f, k);
      if (seen[index(row)]) continue;
      seen[index(row)] = true;
      chart.rows.push_back(row);
    }
  }
  return charts;
}

/// The turn, by a quarter left or right, after which v grows with a vertex's height.
double quarter_turn(const CutMesh& cut, const std::vector<Vec3>& base, std::int32_t chart) {
  double sum_u = 0, sum_y = 0, sum_uy = 0, count = 0;
  for (std::int32_t f = 0; f < cut.mesh.faces(); ++f) {
    if (cut.chart[index(f)] != chart) continue;
    for (std::int32_t k = 0; k < cut.mesh.corners(f); ++k) {
      const double u = cut.uv[index(cut.mesh.uv_corner(f, k))][0];
      const double y = blended(cut.blend[index(cut.mesh.corner(f, k))], base)[1];
      sum_u += u;
      sum_y += y;
      sum_uy += u * y;
      ++count;
    }
  }
  return sum_uy * count - sum_u * sum_y > 0 ? 1 : -1;
}

void measure(Chart& chart, const std::vector<Vec2>& uv) {
  for (const std::int32_t row : chart.rows)
    for (std::size_t c = 0; c < 2; ++c) {
      chart.low[c] = std::min(chart.low[c], uv[index(row)][c]);
      chart.high[c] = std::max(chart.high[c], uv[index(row)][c]);
    }
}

void place(const Chart& chart, const Vec2& corner, std::vector<Vec2>& uv) {
  for (const std::int32_t row : chart.rows)
    for (std::size_t c = 0; c < 2; ++c)
      uv[index(row)][c] = corner[c] + (uv[index(row)][c] - chart.low[c]) * chart.scale;
}

/// Rows from `top` down, tallest chart first. Returns where the last row ends.
double stand_in_rows(std::vector<Chart*>& charts, double top, std::vector<Vec2>* uv) {
  double left = kGap, row = 0;
  for (const Chart* chart : charts) {
    if (left > kGap && left + chart->width() + kGap > 1) {
      top -= row + kGap;
      left = kGap;
      row = 0;
    }
    if (uv != nullptr) place(*chart, {left, top - chart->height()}, *uv);
    left += chart->width() + kGap;
    row = std::max(row, chart->height());
  }
  return top - row - kGap;
}

}  // namespace

std::vector<Vec2> upright_layout(const CutMesh& cut, const std::vector<Vec3>& base) {
  std::vector<Chart> charts = charts_of(cut);
  std::vector<Vec2> uv = cut.uv;
  const auto most = [](const Chart& a, const Chart& b) { return a.faces < b.faces; };
  const auto head = static_cast<std::size_t>(std::max_element(charts.begin(), charts.end(), most) -
                                             charts.begin());
  const double turn = quarter_turn(cut, base, static_cast<std::int32_t>(head));
  for (const std::int32_t row : charts[head].rows) {
    const Vec2 old = uv[index(row)];
    uv[index(row)] = {-turn * old[1], turn * old[0]};
  }
  std::vector<Chart*> others;
  for (std::size_t c = 0; c < charts.size(); ++c) {
    measure(charts[c], uv);
    if (c != head) others.push_back(&charts[c]);
  }
  constexpr double kMostHeight = 0.65;
  charts[head].scale =
      std::min((1 - 2 * kGap) / charts[head].width(), kMostHeight / charts[head].height());
  const double below = 1 - kGap - charts[head].height();
  place(charts[head], {kGap, below}, uv);
  // The largest common scale, in steps, at which the others fit below.
  double scale = 2 * charts[head].scale;
  const auto fits = [&](double to) {
    for (Chart* chart : others) chart->scale = to * enlarged(chart->part);
    std::stable_sort(others.begin(), others.end(),
                     [](const Chart* a, const Chart* b) { return a->height() > b->height(); });
    for (const Chart* chart : others)
      if (chart->width() + 2 * kGap > 1) return false;
    return stand_in_rows(others, below - kGap, nullptr) >= 0;
  };
  constexpr double kLeastScale = 1e-3;
  while (scale > kLeastScale && !fits(scale)) scale *= 0.95;
  FGCN_CHECK(scale > kLeastScale, "upright_layout: ", charts.size(), " charts do not fit");
  stand_in_rows(others, below - kGap, &uv);
  std::vector<bool> used(uv.size(), false);
  for (const Chart& chart : charts)
    for (const std::int32_t row : chart.rows) used[index(row)] = true;
  for (std::size_t row = 0; row < uv.size(); ++row)
    if (!used[row]) uv[row] = {0, 0};
  return uv;
}

}  // namespace fgcn::mesh::makehuman
