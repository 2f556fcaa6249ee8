// The 68 landmarks on the head.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "mesh/face/makehuman/head_mesh.h"

namespace fgcn::mesh::makehuman {

/// Vertices of the base mesh that lie in known places.
constexpr std::int32_t kChin = 5225, kRightOuterCorner = 1063, kLeftOuterCorner = 7755,
                       kUpperInnerLip = 474;

/// Points 60 to 67, the inner outline of the lips, counterclockwise from the right corner.
constexpr std::array<std::int32_t, 8> kInnerLips{433, 470, kUpperInnerLip, 7226, 7193, 7236,
                                                 523, 481};

/// The 68 points and, for each, the vertex of the largest weight.
struct HeadLandmarks {
  LandmarkPoints points;
  std::vector<std::int32_t> vertices;  // [68]
  // [68] the same, but brows along the upper edge of the brow that 48 portraits in the public
  // domain show on average, 2 to 5 mm lower: where brows are painted
  std::vector<std::int32_t> painted;
};

/// Points of the eyes, the nose and the lips are vertices of the base mesh. Those of the jaw and
/// the brows lie within its triangles, where the landmarks of a registered scan-derived mean face
/// come to lie; each is the nearest point of the skin.
///
///   base      [base vertices] the mean person
///   position  [vertices of `head`] the same person
HeadLandmarks head_landmarks(const std::vector<Vec3>& base, const HeadMesh& head,
                             const std::vector<Vec3>& position,
                             const std::vector<std::int32_t>& base_mirror);

}  // namespace fgcn::mesh::makehuman
