// Vertex colors whose rendering shows the photo.
#pragma once

#include <cstdint>
#include <vector>

#include "io/image.h"
#include "render/projected_colors.h"

namespace fgcn {

/// Colors read at the vertices and interpolated between them are a blurred photo where triangles
/// are as large as pixels. Each iteration adds a part of the difference:
///   x <- x + D^-1 W^T M (photo - W x),  D = diag(W^T M 1)
/// W [pixels, V] holds the barycentrics of the visible triangle at each pixel. M selects the pixels
/// whose fourth channel is above a half (all pixels of a photo without one). There are few
/// iterations, so that noise is not amplified.
///
///   photo   [H, W, 3 or 4]
///   screen  [V, 3] flat: x, y in pixels of the photo, depth in dm
///   triangles [F, 3] flat
///   start   colors and visibility of project_colors; colors of occluded vertices stay
///   result  [V, 3] in [0, 1]
///
/// Errors   fgcn::Error when the sizes do not fit together.
/// Repeat   bitwise; one thread.
/// Source   Gilbert 1972 (SIRT).
std::vector<float> rendered_colors(const Image& photo, const std::vector<float>& screen,
                                   const std::vector<std::int32_t>& triangles,
                                   const ProjectedColors& start, int iterations = 6);

/// A vertex of a smaller D would follow the noise of a pixel that it hardly touches, and stays.
inline constexpr float kLeastPixels = 0.05F;

/// D of the above, [V]: how many of the pixels M a vertex colors. A vertex that is occluded itself
/// colors pixels too, where a triangle of its own reaches into the open.
std::vector<float> pixels_colored(const Image& photo, const std::vector<float>& screen,
                                  const std::vector<std::int32_t>& triangles);

}  // namespace fgcn
