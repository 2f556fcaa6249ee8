// Bakes the colors of a mesh's vertices into a texture.
#pragma once

#include <cstdint>
#include <vector>

#include "io/image.h"

namespace fgcn {

/// The point of the surface that each texel shows.
struct TexelMap {
  std::int64_t size = 0;
  std::vector<std::int32_t> face;   // [size, size] triangle, -1 where there is none
  std::vector<float> barycentrics;  // [size, size, 2] weights of its first and second corner
};

/// Rasterizes the triangles over their texture coordinates; texel centers are at half-integers.
///
///   uv      [V, 2] flat, v up; (0, 0) is the image's lower left corner
///   triangles [F, 3] flat
///
/// A texel whose centre lies in several triangles takes the lowest. Errors: fgcn::Error on an index
/// out of range, a coordinate that is not finite, or a size outside 1 to 16,384.
TexelMap map_texels(const std::vector<float>& uv, const std::vector<std::int32_t>& triangles,
                    std::int64_t size);

/// Vertex colors [V, 3] in [0, 1] interpolated over the texels: [size, size, 3]. Texels that no
/// triangle covers are filled from around, so that filtering and mip-maps bleed no foreign color
/// in.
/// Source: the fill is the push-pull of Gortler et al., SIGGRAPH 1996.
Image bake_texture(const TexelMap& map, const std::vector<std::int32_t>& triangles,
                   const std::vector<float>& colors);

/// Texels [size, size, 3] that the map covers stay; the others are filled from around, as above.
Image filled_texture(const TexelMap& map, const Image& texels);

}  // namespace fgcn
