// Vertex colors that, drawn, give the photo back.
#pragma once

#include <cstdint>
#include <vector>

#include "io/image.h"
#include "render/projected_colors.h"

namespace fgcn {

/// Colors read at the vertices and interpolated between them are a blurred photo where triangles
/// are as large as pixels. These are corrected by what is missing:
///   x <- x + D^-1 W^T M (photo - W x),  D = diag(W^T M 1)
/// W [pixels, V] the barycentrics of the triangle drawn at each pixel, M the photo's fourth
/// channel above a half (all pixels without one). Few iterations, so that noise is not amplified.
///
///   photo   [H, W, 3 or 4]
///   screen  [V, 3] flat: x, y in pixels of the photo, depth in dm
///   faces   [F, 3] flat
///   start   colors and visibility as project_colors gives them; hidden vertices stay as they are
///   result  [V, 3] in [0, 1]
///
/// Errors   fgcn::Error when the sizes do not fit together.
/// Repeat   bitwise; one thread.
/// Source   Gilbert 1972 (SIRT).
std::vector<float> rendered_colors(const Image& photo, const std::vector<float>& screen,
                                   const std::vector<std::int32_t>& faces,
                                   const ProjectedColors& start, int iterations = 6);

}  // namespace fgcn
