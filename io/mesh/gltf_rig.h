// Morph targets and skeletons of a .glb that is being written.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "io/mesh/gltf_binary.h"
#include "io/mesh/rigged_mesh.h"

namespace fgcn::mesh::gltf {

/// Adds to a primitive of those vertices of the mesh: its targets, and the joints that it follows.
void add_rig(BinaryChunk& chunk, const RiggedMesh& mesh, const std::vector<std::int32_t>& vertices,
             BinaryChunk::Json& primitive);
/// Weights and names of the targets, at the first mesh of the root.
void add_targets(const std::vector<MorphTarget>& targets, BinaryChunk::Json& root);
/// Nodes of the joints, and a skin of the first node.
void add_skeleton(BinaryChunk& chunk, const Skeleton& skeleton, BinaryChunk::Json& root);

}  // namespace fgcn::mesh::gltf
