// The arrays of Google's GNM head, as they are stored.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "io/mesh/triangle_mesh.h"

namespace fgcn::mesh::gnm {

/// V vertices, I identity and E expression modes, J joints, Q quads, T triangles, G groups.
struct File {
  std::vector<Vec3> vertices;                  // template_vertex_positions [V]
  std::vector<Vec3> joints;                    // template_joint_positions [J]
  std::vector<std::vector<float>> identity;    // vertex_identity_basis, each [V, 3]
  std::vector<std::vector<float>> expression;  // expression_basis, each [V, 3]
  std::vector<std::string> identity_names, expression_names, joint_names, component_names;
  std::vector<std::int32_t> joint_parents;       // joint_parent_indices [J], -1 at a root
  std::vector<double> skinning;                  // skinning_weights [J, V]
  std::vector<std::vector<std::int32_t>> faces;  // quads, then triangles
  std::vector<std::vector<Vec2>> face_uvs;       // quad_uvs, then triangle_uvs
  std::vector<std::int32_t> mirror;              // mirror_indices [V]
  std::vector<std::string> group_names;          // vertex_group_names
  std::vector<double> groups;                    // vertex_groups [G, V]
};

/// Every array of the schema is there, of the right type and shape; indices lie in range and
/// numbers are finite.
///
/// Errors   InputError naming the file and the array.
File read(const std::filesystem::path& path);

/// A point as the sum of vertices by weight.
using WeightedVertices = std::vector<std::pair<std::int32_t, double>>;

/// A text of 68 lines `vertex weight vertex weight ...`; `#` begins a comment, commas and brackets
/// count as blanks. A line's weights sum to 1.
///
/// Errors   InputError naming the file and the line.
std::vector<WeightedVertices> read_landmarks(const std::filesystem::path& path,
                                             std::int64_t vertices);

}  // namespace fgcn::mesh::gnm
