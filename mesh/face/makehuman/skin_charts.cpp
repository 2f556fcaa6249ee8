#include "mesh/face/makehuman/skin_charts.h"

#include <algorithm>
#include <limits>

#include "io/mesh/vec3.h"

namespace fgcn::mesh::makehuman {
namespace {

std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

struct Box {
  Vec3 low{std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity(),
           std::numeric_limits<double>::infinity()};
  Vec3 high{-std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
            -std::numeric_limits<double>::infinity()};
};

/// The mouth's chart reaches across the middle and is narrower than the face.
bool is_mouth(const Box& box) {
  return box.low[0] < -0.1 && box.high[0] > 0.1 && box.high[0] < 0.55 && box.low[2] > 0.2;
}

/// A socket's chart is as small as an eye and lies on one side.
bool is_socket(const Box& box) {
  const Vec3 size = box.high - box.low;
  return (box.low[0] > 0.02 || box.high[0] < -0.02) && size[0] < 0.5 && size[1] < 0.5;
}

}  // namespace

std::vector<ChartKind> chart_kinds(const CutMesh& cut, const std::vector<Vec3>& base) {
  const auto count =
      cut.chart.empty() ? 0 : *std::max_element(cut.chart.begin(), cut.chart.end()) + 1;
  std::vector<Box> boxes(index(count));
  std::vector<ChartKind> out(index(count), ChartKind::kPart);
  std::vector<std::int32_t> faces(index(count), 0);
  for (std::int32_t f = 0; f < cut.mesh.faces(); ++f) {
    if (cut.part[index(f)] != kSkin) continue;
    const std::size_t chart = index(cut.chart[index(f)]);
    out[chart] = ChartKind::kNeck;
    ++faces[chart];
    for (std::int32_t k = 0; k < cut.mesh.corners(f); ++k) {
      const Vec3 p = blended(cut.blend[index(cut.mesh.corner(f, k))], base);
      for (std::size_t c = 0; c < 3; ++c) {
        boxes[chart].low[c] = std::min(boxes[chart].low[c], p[c]);
        boxes[chart].high[c] = std::max(boxes[chart].high[c], p[c]);
      }
    }
  }
  const auto most = std::max_element(faces.begin(), faces.end()) - faces.begin();
  out.at(static_cast<std::size_t>(most)) = ChartKind::kHead;
  for (std::size_t chart = 0; chart < out.size(); ++chart) {
    if (out[chart] != ChartKind::kNeck) continue;
    if (is_mouth(boxes[chart])) out[chart] = ChartKind::kMouth;
    if (is_socket(boxes[chart])) out[chart] = ChartKind::kSocket;
  }
  return out;
}

std::vector<std::uint8_t> within(const CutMesh& cut, const std::vector<ChartKind>& kinds,
                                 ChartKind kind, std::size_t base_vertices) {
  std::vector<std::uint8_t> out(base_vertices, 0);
  for (const bool inside : {true, false})
    for (std::int32_t f = 0; f < cut.mesh.faces(); ++f) {
      const ChartKind own = kinds[index(cut.chart[index(f)])];
      if (own == ChartKind::kPart || (own == kind) != inside) continue;
      for (std::int32_t k = 0; k < cut.mesh.corners(f); ++k)
        for (const auto& [v, weight] : cut.blend[index(cut.mesh.corner(f, k))])
          out[index(v)] = inside ? 1 : 0;
    }
  return out;
}

}  // namespace fgcn::mesh::makehuman
