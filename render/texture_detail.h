// Adds detail of a photo that is finer than the mesh to a baked texture.
#pragma once

#include <cstdint>
#include <vector>

#include "io/image.h"
#include "render/texture_bake.h"

namespace fgcn {

/// texture(t) *= (photo at t / photo as the vertices see it, interpolated to t) ^ weight(t)
///
/// The vertices sample the photo coarsely; the ratio holds the pores, lashes and stubble that they
/// miss. The light cancels in the ratio, so an albedo stays an albedo. The ratio is clamped to
/// [0.6, 1.6]. The weight falls to 0 where a corner is not visible and, smoothly, where the surface
/// turns away or the photo is too small to show more than the vertices do.
///
///   texture    [S, S, 3] of `map`, changed in place; texels without a triangle are left
///   positions  [V, 2] flat, pixels of `photo` (the centre of the first pixel is (0.5, 0.5))
///   weight     [V] 1 where the photo shows the vertex, 0 where not
///   photo      [H, W, 3]
///
/// Errors   fgcn::Error when sizes do not fit or an index is out of range.
/// Repeat   bitwise for any thread count.
void add_photo_detail(Image& texture, const TexelMap& map,
                      const std::vector<std::int32_t>& triangles,
                      const std::vector<float>& positions, const std::vector<float>& weight,
                      const Image& photo);

}  // namespace fgcn
