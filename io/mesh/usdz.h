// USDZ: one textured mesh for Apple's viewers and for programs of film.
#pragma once

#include <string>

#include "io/file.h"
#include "io/mesh/rigged_mesh.h"

namespace fgcn::mesh {

/// An uncompressed archive of a scene as text and the texture, their bytes at multiples of 64.
/// Metres, y up; a mesh and a UsdPreviewSurface for each part; normals, texture coordinates.
/// Without targets and joints.
///
///   name  of the root, made an identifier
///
/// Errors   fgcn::Error when the mesh is malformed, empty, or has a texture but no texture
///          coordinates.
/// Source   Pixar, Universal Scene Description: usdz and UsdPreviewSurface specifications.
Bytes encode_usdz(const RenderMesh& mesh, const MeshParts& parts, const std::string& name);

}  // namespace fgcn::mesh
