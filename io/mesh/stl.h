// STL: triangles without numbered vertices, binary and ASCII.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "io/file.h"
#include "io/mesh/triangle_mesh.h"

namespace fgcn::mesh {

/// Triangles from `first_triangle` to the next solid's first one.
struct StlSolid {
  std::string name;
  std::int64_t first_triangle = 0;
};

struct StlFile {
  TriangleMesh mesh;  // corners in one place are one vertex, numbered as they first occur
  std::vector<StlSolid> solids;  // of an ASCII file; the binary form has one without a name
};

/// Binary when the size is that of the number of triangles, whatever the header says; else ASCII.
/// Normals are not read: the corners' order says them.
///
/// Errors   InputError: neither form (with the size that a binary one should have), a number that
///          is not finite, no triangle.
StlFile parse_stl(std::span<const std::uint8_t> bytes, const std::string& where);

/// The binary form: single precision, a normal for each triangle (zero without area).
/// Errors   fgcn::Error on an index out of range, or more triangles than the format counts.
Bytes encode_stl(const TriangleMesh& mesh);

}  // namespace fgcn::mesh
