// Wavefront OBJ: reading polygons, writing textured triangles.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "io/mesh/render_mesh.h"
#include "io/mesh/rigged_mesh.h"

namespace fgcn::mesh {

/// Places in the file's lists, from 0; -1 where the face names none.
struct ObjCorner {
  std::int32_t vertex = -1;
  std::int32_t uv = -1;
  std::int32_t normal = -1;
};

/// A group (`g NAME`): the faces from `first_face` to the next group's first one.
struct ObjGroup {
  std::string name;
  std::int64_t first_face = 0;
};

/// A vertex that a comment `#landmark NAME` in front of it names.
struct ObjLandmark {
  std::string name;
  std::int32_t vertex = -1;
};

/// The file as it is: polygons, and lists of their own for texture coordinates and normals.
struct ObjFile {
  std::vector<Vec3> vertices;
  std::vector<Vec3> colors;  // in [0, 1]; empty unless every vertex has one
  std::vector<Vec2> uvs;
  std::vector<Vec3> normals;
  std::vector<ObjCorner> corners;
  std::vector<std::int64_t> face_begin;  // [faces + 1]; face f is corners[begin[f] .. begin[f + 1])
  std::vector<ObjGroup> groups;
  std::vector<ObjLandmark> landmarks;
  std::string material_file;  // the first mtllib, as it is written; or empty
  std::string material;       // the first usemtl

  std::int64_t faces() const { return static_cast<std::int64_t>(face_begin.size()) - 1; }
};

/// v (with colors, of 0 to 1 or 0 to 255), vt, vn and f, indices counted from either end; g (its
/// first name), mtllib, usemtl and `#landmark NAME`, which names the next v; other statements and
/// comments are passed over. These four alone go on in the next line after a
/// backslash.
///
/// Errors   InputError with the line's number on a malformed line, an index out of range or a face
///          of fewer than three corners; InputError for a file without a face.
ObjFile parse_obj(std::span<const std::uint8_t> bytes, const std::string& where);
ObjFile read_obj(const std::filesystem::path& path);

/// Polygons are cut into triangles (polygon.h); vertices stay as they are, in the file's unit.
TriangleMesh triangle_mesh(const ObjFile& file);
/// Triangles with attributes. Vertices keep their numbers; one that meets further texture
/// coordinates or normals is repeated behind the last. An attribute that some corner lacks is left
/// out.
RenderMesh render_mesh(const ObjFile& file);

/// Texts of NAME.obj and, with a texture, of NAME.mtl, which names NAME_albedo.png (or .jpg); else
/// `mtl` is empty. Each part is a group with a material of its name; vertices keep their numbers.
/// Coordinates in metres in single precision, colors behind the positions, sRGB-encoded.
struct ObjText {
  std::string obj, mtl;
};
ObjText encode_obj(const RenderMesh& mesh, const std::string& name, const MeshParts& parts = {});
/// Writes `path` (.obj) and, with a texture, the .mtl beside it and NAME_albedo.png (or .jpg), all
/// or none.
/// InputError when a file cannot be written, fgcn::Error when the mesh is malformed.
void write_obj(const std::filesystem::path& path, const RenderMesh& mesh);

}  // namespace fgcn::mesh
