// The pieces that the head's skin is laid flat in.
#pragma once

#include <cstdint>
#include <vector>

#include "mesh/face/makehuman/skin_charts.h"

namespace fgcn::mesh::makehuman {

/// Faces of the subject's left half, with vertices of their own numbering.
struct HalfPiece {
  std::vector<std::int32_t> faces;     // of the cut mesh
  Polygons mesh;                       // corners alone
  std::vector<std::int32_t> vertices;  // of the cut mesh
  std::vector<Vec3> position;          // dm in the wheel's figure, from the chin
  std::vector<std::uint8_t> middle;    // 1 on x = 0
};

struct HeadPieces {
  HalfPiece front;  // face, ears and the front of the scalp
  HalfPiece back;   // from behind the ears
};

/// The left half of the charts of kind kHead, cut along edges from the top of the head to behind
/// the ear.
///
///   base  [base vertices] positions of the mean person, symmetric across x = 0, dm
///
/// Errors   fgcn::Error when no chain of edges leads there.
HeadPieces cut_behind_ears(const CutMesh& cut, const std::vector<ChartKind>& kinds,
                           const std::vector<Vec3>& base);

}  // namespace fgcn::mesh::makehuman
