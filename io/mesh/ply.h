// Stanford PLY: ASCII and binary, with normals, texture coordinates and colors.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "io/file.h"
#include "io/mesh/render_mesh.h"

namespace fgcn::mesh {

enum class PlyFormat { kAscii, kLittleEndian, kBigEndian };

/// Reads x y z, nx ny nz, s t (or u v, texture_u texture_v), red green blue (or r g b; bytes, reals
/// in [0, 1] or numbers to 255), vertex_indices (or vertex_index) of faces and of tristrips, and
/// texcoord: a face's own texture coordinates. With those a vertex on a seam is repeated behind the
/// last. Other properties and elements are passed over, whatever they hold. Polygons are cut into
/// triangles (polygon.h). InputError on anything malformed, and for a file without a triangle.
RenderMesh parse_ply(std::span<const std::uint8_t> bytes, const std::string& where);
RenderMesh read_ply(const std::filesystem::path& path);

/// Normals and texture coordinates in single precision, colors as bytes. The texture is left out:
/// the format has no place for it.
struct PlyOptions {
  PlyFormat format = PlyFormat::kLittleEndian;
  bool double_positions = false;      // else in single precision
  std::vector<std::string> comments;  // a line each; line ends within become blanks
};
/// Errors   fgcn::Error when the mesh is malformed.
Bytes encode_ply(const RenderMesh& mesh, const PlyOptions& options);
/// Single precision, with a comment that positions are in decimetres.
Bytes encode_ply(const RenderMesh& mesh, PlyFormat format);
void write_ply(const std::filesystem::path& path, const RenderMesh& mesh, PlyFormat format);

}  // namespace fgcn::mesh
