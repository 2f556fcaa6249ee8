// What color a photo has where each vertex is seen.
#pragma once

#include <cstdint>
#include <vector>

#include "io/image.h"
#include "render/camera.h"

namespace fgcn {

/// How a vertex reads the photo.
enum class PhotoSampling {
  kBilinear,  // between the four pixels around it
  kRounded,   // the pixel of its rounded coordinates (half a pixel off): the original's
};

/// When a vertex is seen.
enum class VertexVisibility {
  kDepthTest,  // faces the camera, and nothing is in front of it
  kFacing,     // faces the camera: the original's
};

struct ProjectedColorOptions {
  PhotoSampling sampling = PhotoSampling::kBilinear;
  VertexVisibility visibility = VertexVisibility::kDepthTest;
};

struct ProjectedColors {
  std::vector<float> color;    // [V, 3] as the photo holds them; the nearest border outside of it
  std::vector<float> visible;  // [V] 1 seen within the photo, 0 not
  std::vector<float> mask;     // [V] the photo's fourth channel there; 1 without one
};

/// Reads the photo at every vertex.
///
///   photo    [H, W, 3 or 4]
///   screen   [V, 3] flat: x, y in pixels of the photo, depth in dm
///   normals  [V, 3] flat: camera space
///   faces    [F, 3] flat
///
/// Errors   fgcn::Error when the sizes do not fit together.
/// Repeat   bitwise.
/// Source   METHOD section 7 of the original system; the depth test is new: without it a turned
///          nose paints itself on the cheek behind it.
ProjectedColors project_colors(const Image& photo, const std::vector<float>& screen,
                               const std::vector<float>& normals,
                               const std::vector<std::int32_t>& faces,
                               const ProjectedColorOptions& options = {});

}  // namespace fgcn
