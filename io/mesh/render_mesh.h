// A surface with everything a viewer shows: what the mesh files carry.
#pragma once

#include <array>
#include <vector>

#include "io/file.h"
#include "io/mesh/triangle_mesh.h"

namespace fgcn::mesh {

/// Attributes are per vertex, each list as long as `vertices` or empty. Along a texture seam a
/// vertex therefore stands twice.
struct RenderMesh {
  std::vector<Vec3> vertices;       // decimetres; files of unknown unit are taken as they are
  std::vector<Vec3> normals;        // of length 1
  std::vector<Vec2> uvs;            // v up, as in OBJ: the image's lower left corner is (0, 0)
  std::vector<Vec3> colors;         // sRGB-encoded, [0, 1]
  std::vector<Triangle> triangles;  // counter-clockwise from outside
  Bytes texture_png;                // base color, a whole PNG file; or empty
  Bytes texture_jpeg;               // the same as a JPEG file; one of the two is empty
  /// Frames of the normal map (tangents.h); both or none of the two.
  std::vector<std::array<double, 4>> tangents;
  Bytes normal_png;   // a whole PNG file: x, y, z as (n + 1) / 2, x to the right, y up, z outwards
  Bytes normal_jpeg;  // the same as a JPEG file; one of the two is empty

  bool has_normal_map() const { return !normal_png.empty() || !normal_jpeg.empty(); }
  bool textured() const { return !texture_png.empty() || !texture_jpeg.empty(); }
  TriangleMesh triangle_mesh() const { return {vertices, triangles}; }
};

/// Error when a list is of the wrong length, an index is out of range, a number is not finite, or
/// there are two textures or two normal maps, or a normal map without tangents, texture coordinates
/// or normals.
void check(const RenderMesh& mesh);

}  // namespace fgcn::mesh
