// What a face model has beyond the face: parts, joints, points between vertices, named regions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "io/mesh/triangle_mesh.h"

namespace fgcn::mesh {

struct FaceModel;

/// Pieces of the mesh that no triangle joins: skin, eyes, teeth, tongue, lashes.
struct FaceParts {
  std::vector<std::string> names;
  std::vector<std::uint8_t> part;  // [V] place in `names`

  bool empty() const { return names.empty() && part.empty(); }
};

/// Joints in their rest position, and how vertices follow them (linear blend skinning).
struct FaceJoints {
  static constexpr std::size_t kInfluences = 4;  // of a vertex

  std::vector<std::string> names;     // [J]
  std::vector<std::int32_t> parents;  // [J] a joint before this one; -1 at a root
  std::vector<float> positions;       // [J, 3] dm
  std::vector<std::uint8_t> joints;   // [V, 4] joints that a vertex follows
  std::vector<float> weights;         // [V, 4] sum 1; 0 where a vertex follows fewer than 4

  bool empty() const {
    return names.empty() && parents.empty() && positions.empty() && joints.empty() &&
           weights.empty();
  }
};

/// The 68 points where they lie between vertices.
struct LandmarkPoints {
  std::vector<std::int32_t> triangles;  // [68]
  std::vector<float> weights;           // [68, 3] of the triangle's corners, sum 1

  bool empty() const { return triangles.empty() && weights.empty(); }
};

/// Sets of vertices by name; a vertex may be in several.
struct FaceRegions {
  std::vector<std::string> names;    // [R]
  std::vector<std::uint8_t> inside;  // [R, V] 1 inside

  bool empty() const { return names.empty() && inside.empty(); }
};

/// InputError naming the field when one of these, or `uv_triangles`, does not fit the model or is
/// not of the ranges that docs/formats/face-model.md states. `where` names the file.
void check_whole_head(const FaceModel& model, const std::string& where);

/// A mesh on which every vertex has one texture coordinate: along a seam a vertex stands twice.
struct SeamedMesh {
  std::vector<std::int32_t> vertex;  // [S] the model's vertex; the first V are its own
  std::vector<float> uv;             // [S, 2]
  std::vector<Triangle> triangles;   // [T] places in `vertex`, in the model's order
};

/// Vertices keep their numbers and take the first texture coordinate that a triangle gives them;
/// repeats for the others follow behind. A vertex of no triangle has (0, 0).
SeamedMesh cut_at_seams(const FaceModel& model);

}  // namespace fgcn::mesh
