// The faces of a PLY file, kept until its vertices are known: they may come first.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "io/mesh/render_mesh.h"

namespace fgcn::mesh {

class PlyFaces {
 public:
  /// A polygon, and two texture coordinates a corner or none. One of fewer than three corners has
  /// no area and is passed over. False when there are texture coordinates of another number.
  bool add(std::span<const std::int32_t> corners, std::span<const double> texcoord);
  /// A triangle for every three vertices in turn, every second one turned; -1 begins a new strip.
  void add_strip(std::span<const std::int32_t> vertices);

  /// Triangles and, where every face has its own texture coordinates, those. A vertex that meets
  /// further ones is repeated behind the last.
  ///
  /// Errors   InputError naming `where`: a vertex that is not there, no triangle, or a concave face
  ///          of too many corners.
  void write_to(RenderMesh& mesh, const std::string& where) const;

 private:
  std::vector<std::int32_t> corners_;
  std::vector<std::int64_t> begin_{0};
  std::vector<Vec2> uvs_;  // a corner each, as far as faces have some
};

}  // namespace fgcn::mesh
