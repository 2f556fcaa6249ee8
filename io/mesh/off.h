// OFF: a list of vertices and a list of polygons, as text.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "io/mesh/render_mesh.h"

namespace fgcn::mesh {

/// OFF with the prefixes ST, C and N in that order (texture coordinates, colors, normals of the
/// vertices); colors of 0 to 1 or 0 to 255; '#' begins a comment. Colors of faces are passed over.
/// Polygons are cut into triangles (polygon.h).
///
/// Errors   InputError: malformed, the binary form, four-dimensional or n-dimensional vertices, a
///          vertex out of range, no triangle.
RenderMesh parse_off(std::span<const std::uint8_t> bytes, const std::string& where);

/// OFF, or COFF for a mesh with colors (red, green, blue, alpha of 0 to 1). Numbers that are single
/// precision are written as such, else in double precision.
/// Errors   fgcn::Error when the mesh is malformed.
std::string encode_off(const RenderMesh& mesh);

}  // namespace fgcn::mesh
