// A picture of any mesh, and a texture carried from one mesh to another.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "io/image.h"
#include "io/mesh/mesh_file.h"
#include "mesh/closest_point.h"

namespace fgcn::recon {

enum class Surface { kClay, kColors, kTexture, kNormals };

struct PictureOptions {
  Surface surface = Surface::kClay;
  std::int64_t height = 720, width = 720;
  std::array<double, 3> angles{};  // radians about x, y, z, as the renderer's pose
  double zoom = 1;                 // 1: the mesh fits into the picture
  bool both_sides = false;         // triangles seen from behind too
};

/// The mesh before the camera, its box's middle in the picture's: [H, W, 4], sRGB-encoded, alpha
/// the covered part of a pixel. Clay and normals are shaded per pixel by interpolated normals.
///
/// Errors   fgcn::Error for a mesh without triangles, an attribute that it lacks, sizes outside 16
///          to 8192, a zoom that is not above 0.
/// Repeat   bitwise for any number of threads.
Image picture_of(const mesh::MeshFile& mesh, const PictureOptions& options);

/// The mesh's texture as an image; nothing where it has none. InputError where it is damaged.
std::optional<Image8> decoded_texture(const mesh::MeshFile& mesh);

/// The color at a texture coordinate, bilinear; texel centers are at half-integers, v is up, and
/// outside the image its border goes on.
std::array<float, 3> sampled(const Image8& texture, const mesh::Vec2& uv);

/// A texture for `target`, each texel the color of the source's point closest to the texel's: of
/// the source's texture, else of its colors. [size, size, 3]
///
///   place  [V of target]  where the target's vertices are in the source's frame
///
/// Errors   fgcn::Error when the target has no texture coordinates, or the source no color.
Image transferred_texture(const mesh::MeshFile& source, const mesh::MeshFile& target,
                          const std::vector<mesh::Vec3>& place, std::int64_t size);

/// The color of the source's surface at a point of one of its triangles.
std::array<float, 3> surface_color(const mesh::MeshFile& source,
                                   const std::optional<Image8>& texture,
                                   const mesh::ClosestPoint& at);

}  // namespace fgcn::recon
