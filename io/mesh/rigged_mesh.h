// A mesh that an animator can move: parts with surfaces of their own, morph targets, a skeleton.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "io/mesh/render_mesh.h"

namespace fgcn::mesh {

/// Triangles that share a material.
struct MeshPart {
  std::string name;
  double roughness = 0.7;  // 0 a mirror, 1 chalk
};

struct MeshParts {
  std::vector<MeshPart> list;           // empty: the mesh is one part
  std::vector<std::uint8_t> triangles;  // [T] place in `list`
};

/// Rows of a list as long as the vertices that are not zero.
struct SparseRows {
  std::vector<std::int32_t> row;  // ascending
  std::vector<std::array<float, 3>> value;
};

/// What a weight of 1 adds to every vertex.
struct MorphTarget {
  std::string name;
  double weight = 0;     // as the mesh is shown at first
  SparseRows positions;  // decimetres
  SparseRows normals;
};

/// Joints at rest. They are not turned, only placed.
struct Skeleton {
  static constexpr std::size_t kInfluences = 4;  // of a vertex

  std::vector<std::string> names;     // [J]
  std::vector<std::int32_t> parents;  // [J] a joint before this one; -1 at a root
  std::vector<Vec3> positions;        // [J] decimetres, in the frame of the mesh
  std::vector<std::array<std::uint8_t, kInfluences>> joints;  // [V]
  std::vector<std::array<float, kInfluences>> weights;        // [V] sum 1
};

struct RiggedMesh {
  RenderMesh surface;  // at rest: all weights 0
  MeshParts parts;
  std::vector<MorphTarget> targets;
  Skeleton skeleton;  // without joints: none
};

/// Error when a list is of the wrong length, an index is out of range, or rows do not ascend.
void check(const MeshParts& parts, const RenderMesh& mesh);
void check(const RiggedMesh& mesh);

/// A part by itself.
struct PartOfMesh {
  std::vector<std::int32_t> vertices;  // of the mesh, ascending: those of the part's triangles
  std::vector<Triangle> triangles;     // places in `vertices`
};

/// The vertices that a part's triangles use; all of the mesh where it has no parts.
std::vector<PartOfMesh> split_parts(const RenderMesh& mesh, const MeshParts& parts);
/// Those vertices with their attributes; the texture stays with the mesh.
RenderMesh part_mesh(const RenderMesh& mesh, const PartOfMesh& part);

}  // namespace fgcn::mesh
