// The colors that vertices read from a photo.
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

/// When a vertex is visible.
enum class VertexVisibility {
  kDepthTest,  // faces the camera, and nothing occludes it
  kFacing,     // faces the camera: the original's
};

struct ProjectedColorOptions {
  PhotoSampling sampling = PhotoSampling::kBilinear;
  VertexVisibility visibility = VertexVisibility::kDepthTest;
};

struct ProjectedColors {
  std::vector<float> color;    // [V, 3] of the photo; outside of it, of its nearest border
  std::vector<float> visible;  // [V] 1 visible within the photo, 0 not
  std::vector<float> mask;     // [V] the photo's fourth channel there; 1 without one
};

/// Reads the photo at every vertex.
///
///   photo    [H, W, 3 or 4]
///   screen   [V, 3] flat: x, y in pixels of the photo, depth in dm
///   normals  [V, 3] flat: camera space
///   triangles [F, 3] flat
///
/// Errors   fgcn::Error when the sizes do not fit together.
/// Repeat   bitwise.
/// Source   docs/method.md, "Vertex colors"; the depth test is new: without it a turned
///          nose paints itself on the cheek behind it.
ProjectedColors project_colors(const Image& photo, const std::vector<float>& screen,
                               const std::vector<float>& normals,
                               const std::vector<std::int32_t>& triangles,
                               const ProjectedColorOptions& options = {});

}  // namespace fgcn
