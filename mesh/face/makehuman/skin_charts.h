// The wheel's texture charts of the skin, told apart.
#pragma once

#include <cstdint>
#include <vector>

#include "mesh/face/makehuman/cut.h"

namespace fgcn::mesh::makehuman {

enum class ChartKind : std::uint8_t {
  kPart,    // of eyes, teeth, tongue or lashes
  kHead,    // skin but for the neck's
  kNeck,    // the ring around the neck, from the throat and the nape down
  kMouth,   // the lining behind the lips
  kSocket,  // behind the lids of one eye
};

/// [charts] by where each lies; the head's has the most faces. Lining and sockets begin 2 to 4 mm
/// behind the edges of lips and lids.
///
///   base  [base vertices] positions of the mean person, dm
std::vector<ChartKind> chart_kinds(const CutMesh& cut, const std::vector<Vec3>& base);

/// [base vertices] 1 where every face of the skin around lies in a chart of this kind.
std::vector<std::uint8_t> within(const CutMesh& cut, const std::vector<ChartKind>& kinds,
                                 ChartKind kind, std::size_t base_vertices);

}  // namespace fgcn::mesh::makehuman
