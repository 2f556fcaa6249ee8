// glTF 2.0: one textured mesh out, with its parts, morph targets and skeleton, any triangle scene
// in.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "io/file.h"
#include "io/mesh/render_mesh.h"
#include "io/mesh/rigged_mesh.h"

namespace fgcn::mesh {

/// Where a mesh's own colors go. A viewer multiplies the texture by COLOR_0, so that a mesh with
/// the same colors in both would look too dark; and many look at no other set.
enum class GlbColors {
  /// Without a texture: COLOR_0. With one: COLOR_0 is white and the colors are COLOR_1, which
  /// viewers pass over and Blender offers as a second color attribute.
  kBesideTexture,
  kColor0,  // COLOR_0 always, multiplied with a texture if there is one
  kNone,
};

enum class GlbShading {
  kLit,    // a rough dielectric
  kUnlit,  // KHR_materials_unlit: the colors as they are, for albedo or for baked light
};

struct GlbOptions {
  std::string name = "face";
  GlbColors colors = GlbColors::kBesideTexture;
  GlbShading shading = GlbShading::kLit;
};

/// One .glb: positions in metres, normals (made where the mesh has none), UV, linear float colors,
/// the texture as it is, tangents and the normal map where the mesh has them. Bytes of
/// the name that are not UTF-8 become U+FFFD. The bytes depend only on the arguments.
/// Errors   fgcn::Error when the mesh is malformed, empty, or has a texture but no UV.
/// Source   Khronos glTF 2.0 specification.
Bytes encode_glb(const RenderMesh& mesh, const GlbOptions& options);
/// The same with a primitive and a material for each part, whose vertices stand together in the
/// mesh's order, with morph targets (sparse accessors, names in mesh.extras.targetNames, weights of
/// the mesh) and a skin. Joints are nodes of their own beside the mesh's.
Bytes encode_glb(const RiggedMesh& mesh, const GlbOptions& options);
void write_glb(const std::filesystem::path& path, const RenderMesh& mesh,
               const GlbOptions& options);

/// Every triangle of the file's scene, placed by its nodes, as one mesh; .glb, or .gltf with its
/// buffers embedded. A skinned mesh stays as it is stored: the format has its node's place ignored.
/// Positions are turned into decimetres, colors sRGB-encoded; COLOR_1 is taken where COLOR_0 is
/// white throughout. Morph targets are applied with the weights that the file gives, those of the
/// node before those of the mesh; joints move nothing. Texture coordinates are those of the base
/// color's texture: of its set, moved by KHR_texture_transform. The texture is that of the first
/// primitive, a PNG or JPEG inside the file; so is the normal map, where it lies by the same
/// texture coordinates. Its tangents are the file's, or made anew (tangents.h) where it has none or
/// targets moved the mesh. An attribute that some primitive lacks is left out; base-color factors
/// are not read. InputError on what is malformed or not read here: buffers in other files,
/// compressed accessors, a texture of another kind or in another file, required extensions other
/// than KHR_materials_unlit and KHR_texture_transform.
RenderMesh parse_gltf(std::span<const std::uint8_t> bytes, const std::string& where);
/// Adds a sentence to `notes` for each thing about textures and the normal map that is not kept.
RenderMesh parse_gltf(std::span<const std::uint8_t> bytes, const std::string& where,
                      std::vector<std::string>& notes);
RenderMesh read_gltf(const std::filesystem::path& path);

}  // namespace fgcn::mesh
