// How good a face model's texture coordinates are to paint on.
#pragma once

#include <array>
#include <cstdint>

#include "mesh/face/face_model.h"

namespace fgcn::mesh {

/// Triangles of one kind, weighted by their area on the mean face.
struct ChartStretch {
  double surface = 0;  // dm^2
  double used = 0;     // share of the texture
  /// Ratio of the two singular values of the map from the surface to the texture: 1 where circles
  /// stay circles. Median and 95 %.
  std::array<double, 2> anisotropy{};
  /// Texels of a texture of 1,024 on a square millimetre. 5 %, median, 95 %.
  std::array<double, 3> density{};
};

struct ChartQuality {
  ChartStretch everything;
  ChartStretch skin;          // all corners are skin
  ChartStretch face;          // skin, and no corner in the regions scalp, neck and ears
  double face_share = 0;      // of the used texture
  std::int64_t flipped = 0;   // triangles that are mirrored in the texture, or have no area there
  std::int64_t overlaps = 0;  // pairs of triangles whose insides meet
};

/// Anisotropy of a triangle without area in the texture is kMostAnisotropy.
///
/// Errors   fgcn::Error when the model has no triangles or one of them names a row out of range.
/// Source   singular values as in Sander et al., Texture Mapping Progressive Meshes, 2001.
constexpr double kMostAnisotropy = 1e6;
ChartQuality chart_quality(const FaceModel& model);

}  // namespace fgcn::mesh
