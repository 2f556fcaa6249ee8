// One mesh out of any of the formats, and into any of them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "io/mesh/render_mesh.h"

namespace fgcn::mesh {

enum class MeshFormat { kObj, kPly, kGltf, kStl, kOff };

/// "OBJ", "PLY", "glTF", "STL", "OFF".
const char* name(MeshFormat format);

struct MeshSegment {
  std::string name;
  std::vector<std::int32_t> triangles;  // ascending
};
struct MeshLandmark {
  std::string name;
  std::int32_t vertex = -1;
};

/// A mesh with what files say beside the surface. Its coordinates are the file's own numbers; those
/// of glTF are in metres.
struct MeshFile {
  MeshFormat format = MeshFormat::kObj;
  RenderMesh surface;
  /// [V] along a texture seam a vertex is repeated: the vertex that each one repeats, itself for
  /// most. Those that repeat stand behind the others. Empty: none does.
  std::vector<std::int32_t> repeats;
  std::vector<MeshSegment> segments;
  std::vector<MeshLandmark> landmarks;
  double metres = 0;         // of one unit; 0 where the file does not say
  std::string texture_name;  // the image's file name; its bytes are in `surface` where it was found
  std::string normal_name;   // the same of the normal map
  std::vector<std::filesystem::path> read_beside;  // the material file and texture it was read with
  std::vector<std::string> notes;  // a sentence each: what the file names and was not read

  /// The surface without the vertices that repeat others; triangles keep their places.
  TriangleMesh geometry() const;
};

/// Told by content: a file may have any name. OBJ brings groups as segments, `#landmark` comments
/// and, with `folder`, the texture of its first material (map_Kd, else map_Ka) and its normal map
/// (norm, else map_Bump or bump where that image has colors: one in gray is a map of heights), PNG
/// or JPEG of that folder or one below; PLY the name in its comment TextureFile and closed seams,
/// ASCII STL its solids as segments. A material file or texture that is not there, lies elsewhere
/// or is no picture is left out, and `notes` says so.
///
/// Errors   InputError, one sentence, on whatever is not one of the formats.
MeshFile parse_mesh_file(std::span<const std::uint8_t> bytes, const std::string& where,
                         const std::filesystem::path& folder = {});
MeshFile read_mesh_file(const std::filesystem::path& path);

/// By the path's ending. InputError for another one.
MeshFormat format_of(const std::filesystem::path& path);

struct MeshWriteOptions {
  bool ascii = false;  // PLY as text; the other formats have one form
};

/// Writes the file, and beside an OBJ with a texture or a normal map NAME.mtl and the images: all
/// or none. The coordinates stay as they are, but for glTF, which is in metres: a mesh of unknown
/// unit is taken for one in metres. In an OBJ every vertex stands once, also along seams; in a PLY
/// too unless its repeats differ in normals or colors. A known unit is stated, by every format.
///
/// Errors   InputError when a coordinate is too large for STL or glTF, which hold single precision;
///          when a file cannot be written or, with other content, is one of those that
///          the mesh was read with; fgcn::Error when the mesh is malformed.
void write_mesh_file(const std::filesystem::path& path, const MeshFile& mesh,
                     const MeshWriteOptions& options = {});

/// What the mesh has and the format does not hold: "texture", "segments", ...
std::vector<std::string> left_out(const MeshFile& mesh, MeshFormat format);

/// OBJ text of a mesh: groups, landmarks, texture coordinates of their own, colors behind
/// positions. `material` is the name of the .mtl without its ending; empty: none.
std::string encode_mesh_obj(const MeshFile& mesh, const std::string& material);

/// Error when lists do not fit: of the surface (render_mesh.h), segments, landmarks, repeats.
void check(const MeshFile& mesh);

}  // namespace fgcn::mesh
