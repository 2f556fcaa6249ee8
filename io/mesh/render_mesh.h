// A surface with everything a viewer shows: what the mesh files carry.
#pragma once

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

  bool textured() const { return !texture_png.empty() || !texture_jpeg.empty(); }
  TriangleMesh triangle_mesh() const { return {vertices, triangles}; }
};

/// Error when a list is of the wrong length, an index is out of range, a number is not finite, or
/// there are two textures.
void check(const RenderMesh& mesh);

}  // namespace fgcn::mesh
