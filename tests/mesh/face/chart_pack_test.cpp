// Charts find places of their own: apart from each other and the edge, twins across from each
// other.
#include "mesh/face/makehuman/chart_pack.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "kernels/core/error.h"

namespace fgcn::mesh::makehuman {
namespace {

PackedChart box(double left, double low, double width, double height, Place place) {
  const Vec2 a{left, low}, b{left + width, low}, c{left + width, low + height},
      d{left, low + height};
  return {{{a, b, c}, {a, c, d}}, place};
}

struct Box {
  double left, right, low, high;
};

Box placed(const PackedChart& chart, const Packing& packing, std::size_t i, bool mirrored) {
  Box out{1e9, -1e9, 1e9, -1e9};
  for (const auto& t : chart.triangles)
    for (const Vec2& p : t) {
      const double u = packing.scale * p[0] + packing.shift[i][0];
      const double v = packing.scale * p[1] + packing.shift[i][1];
      out.left = std::min(out.left, mirrored ? 1 - u : u);
      out.right = std::max(out.right, mirrored ? 1 - u : u);
      out.low = std::min(out.low, v);
      out.high = std::max(out.high, v);
    }
  return out;
}

}  // namespace

TEST_CASE("charts are packed apart, the middle one on the axis, twins in the right half") {
  const std::vector<PackedChart> charts{
      box(-0.7, 3, 1.4, 1, Place::kMiddle), box(2, 0, 0.5, 0.3, Place::kTwin),
      box(0, 0, 0.4, 0.4, Place::kTwin),    box(-9, 0, 0.9, 0.2, Place::kFree),
      box(0, 0, 0.3, 0.1, Place::kFree),    box(0, 0, 0.02, 0.02, Place::kTwin)};
  const Packing packing = pack(charts);
  REQUIRE(packing.shift.size() == charts.size());
  CHECK(packing.shift[0][0] == 0.5);
  CHECK(packing.scale > 0.5);  // the first fills 70 % of the width
  std::vector<Box> boxes;
  for (std::size_t i = 0; i < charts.size(); ++i) {
    boxes.push_back(placed(charts[i], packing, i, false));
    if (charts[i].place == Place::kTwin) {
      CHECK(boxes.back().left >= 0.5);
      boxes.push_back(placed(charts[i], packing, i, true));
    }
  }
  constexpr double kRounding = 1e-9;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    CHECK(boxes[i].left >= kChartGap - kRounding);
    CHECK(boxes[i].low >= kChartGap - kRounding);
    CHECK(boxes[i].right <= 1 - kChartGap + kRounding);
    CHECK(boxes[i].high <= 1 - kChartGap + kRounding);
    for (std::size_t j = 0; j < i; ++j) {
      const double beside =
          std::max(boxes[i].left - boxes[j].right, boxes[j].left - boxes[i].right);
      const double above = std::max(boxes[i].low - boxes[j].high, boxes[j].low - boxes[i].high);
      CAPTURE(i);
      CAPTURE(j);
      CHECK(std::max(beside, above) >= kChartGap - kRounding);
    }
  }
}

TEST_CASE("a chart stands in another's hollow, and charts without size are refused") {
  // An L leaves a corner free in which the second has its place.
  PackedChart l = box(0, 0, 1, 0.2, Place::kFree);
  const PackedChart leg = box(0, 0, 0.2, 1, Place::kFree);
  l.triangles.insert(l.triangles.end(), leg.triangles.begin(), leg.triangles.end());
  const Packing packing = pack({l, box(0, 0, 0.7, 0.7, Place::kFree)});
  CHECK(packing.scale > 0.9);
  CHECK_THROWS_WITH_AS(pack({box(0, 0, 0, 0, Place::kFree)}), doctest::Contains("without size"),
                       Error);
}

}  // namespace fgcn::mesh::makehuman
