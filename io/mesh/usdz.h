// USDZ: one textured mesh, its blend shapes and its skeleton for Apple's viewers and for programs
// of film.
#pragma once

#include <string>

#include "io/file.h"
#include "io/mesh/rigged_mesh.h"

namespace fgcn::mesh {

/// An uncompressed archive of a scene as text and the textures, their bytes at multiples of 64.
/// Metres, y up; a mesh and a UsdPreviewSurface for each part; normals, texture coordinates, the
/// normal map where the mesh has one (viewers make its frames of the texture coordinates). The
/// bytes depend only on the arguments.
///
/// With targets or joints the root is a SkelRoot: the meshes are at rest, with a BlendShape for
/// each target that moves one of their vertices, and follow the joints of one Skeleton. Its
/// SkelAnimation has the weight of every target. Where there are targets and no joints, all
/// vertices follow one joint, because UsdSkel blends only what follows a skeleton.
///
///   name  of the root, made an identifier, as are the names of parts, targets and joints: letters,
///         digits and "_"; those that would be alike are numbered
///
/// Errors   fgcn::Error when the mesh is malformed, empty, or has a texture but no texture
///          coordinates.
/// Source   Pixar, Universal Scene Description: usdz, UsdPreviewSurface and UsdSkel specifications.
Bytes encode_usdz(const RiggedMesh& mesh, const std::string& name);
/// The same without targets and joints.
Bytes encode_usdz(const RenderMesh& mesh, const MeshParts& parts, const std::string& name);

}  // namespace fgcn::mesh
