// The normal map of a reconstruction, and the base color without what its normals shade.
#pragma once

#include <cstdint>
#include <vector>

#include "io/image.h"
#include "io/mesh/render_mesh.h"
#include "recon/reconstruct.h"
#include "render/texture_bake.h"

namespace fgcn::recon {

/// A mesh in the texture. Its vertices stand twice along seams.
struct TexturedSurface {
  const TexelMap& map;
  const std::vector<std::int32_t>& faces;   // [F, 3] flat, of the map
  const std::vector<std::int32_t>& vertex;  // [V] the face model's vertex
  const mesh::RenderMesh& mesh;             // [V] with normals and tangents, model space
};

/// Normals in the frames of the mesh (io/mesh/tangents.h), [S, S, 3] as (n + 1) / 2: what
/// result.shaded found where the crop shows the surface, (0.5, 0.5, 1) elsewhere.
///
///   albedo  [S, S, 3] of the same map; divided by the part of their shading that it holds
///
/// Errors   fgcn::Error when nothing was looked for, or sizes do not fit together.
/// Repeat   bitwise for any number of threads.
Image normal_texture(const Reconstruction& result, const TexturedSurface& surface, Image& albedo);

}  // namespace fgcn::recon
