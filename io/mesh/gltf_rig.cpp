#include "io/mesh/gltf_rig.h"

#include <array>
#include <optional>
#include <utility>

#include "io/byte_order.h"
#include "io/mesh/gltf_constants.h"
#include "io/mesh/vec3.h"

namespace fgcn::mesh::gltf {
namespace {

using Json = BinaryChunk::Json;

/// Those of some vertices, by their places among them.
SparseRows rows_among(const SparseRows& all, const std::vector<std::int32_t>& place, float scale) {
  SparseRows out;
  for (std::size_t i = 0; i < all.row.size(); ++i) {
    const std::int32_t at = place[static_cast<std::size_t>(all.row[i])];
    if (at < 0) continue;
    out.row.push_back(at);
    const std::array<float, 3>& v = all.value[i];
    out.value.push_back({scale * v[0], scale * v[1], scale * v[2]});
  }
  return out;
}

void add_joints(BinaryChunk& chunk, const Skeleton& skeleton,
                const std::vector<std::int32_t>& vertices, Json& attributes) {
  if (skeleton.names.empty()) return;
  const std::size_t begin = chunk.begin_view();
  std::vector<std::array<float, Skeleton::kInfluences>> weights;
  for (const std::int32_t vertex : vertices) {
    const auto v = static_cast<std::size_t>(vertex);
    weights.push_back(skeleton.weights[v]);
    for (std::size_t k = 0; k < Skeleton::kInfluences; ++k)  // the format: 0 where the weight is 0
      chunk.bytes().push_back(skeleton.weights[v][k] > 0 ? skeleton.joints[v][k] : 0);
  }
  attributes["JOINTS_0"] = chunk.add_accessor(chunk.end_view(begin, kArrayBuffer), kUnsignedByte,
                                              vertices.size(), "VEC4");
  attributes["WEIGHTS_0"] = chunk.add_floats(weights, "VEC4");
}

}  // namespace

void add_rig(BinaryChunk& chunk, const RiggedMesh& mesh, const std::vector<std::int32_t>& vertices,
             Json& primitive) {
  add_joints(chunk, mesh.skeleton, vertices, primitive["attributes"]);
  if (mesh.targets.empty()) return;
  std::vector<std::int32_t> place(mesh.surface.vertices.size(), -1);
  for (std::size_t i = 0; i < vertices.size(); ++i)
    place[static_cast<std::size_t>(vertices[i])] = static_cast<std::int32_t>(i);
  std::optional<std::size_t> still;  // where a target moves none of these vertices
  const auto add = [&](const SparseRows& rows) {
    if (!rows.row.empty()) return chunk.add_sparse(rows, vertices.size());
    if (!still) still = chunk.add_sparse(rows, vertices.size());
    return *still;
  };
  constexpr auto kMetres = static_cast<float>(1 / kDecimetresPerMetre);
  Json targets = Json::array();
  for (const MorphTarget& target : mesh.targets) {
    Json entry = {{"POSITION", add(rows_among(target.positions, place, kMetres))}};
    entry["NORMAL"] = add(rows_among(target.normals, place, 1));
    targets.push_back(std::move(entry));
  }
  primitive["targets"] = std::move(targets);
}

void add_targets(const std::vector<MorphTarget>& targets, Json& root) {
  if (targets.empty()) return;
  Json names = Json::array(), weights = Json::array();
  for (const MorphTarget& target : targets) {
    names.push_back(target.name);
    weights.push_back(static_cast<float>(target.weight));
  }
  root["meshes"][0]["weights"] = std::move(weights);
  root["meshes"][0]["extras"] = {{"targetNames", std::move(names)}};
}

void add_skeleton(BinaryChunk& chunk, const Skeleton& skeleton, Json& root) {
  if (skeleton.names.empty()) return;
  Json& nodes = root["nodes"];
  const std::size_t first = nodes.size();
  std::vector<std::array<float, 16>> bind;  // to a joint's own frame
  Json joints = Json::array();
  for (std::size_t j = 0; j < skeleton.names.size(); ++j) {
    const std::int32_t parent = skeleton.parents[j];
    const Vec3 metres = (1 / kDecimetresPerMetre) * skeleton.positions[j];
    Vec3 from_parent = metres;
    if (parent >= 0) {
      const auto p = static_cast<std::size_t>(parent);
      from_parent = metres - (1 / kDecimetresPerMetre) * skeleton.positions[p];
      nodes[first + p]["children"].push_back(first + j);
    } else {
      root["scenes"][0]["nodes"].push_back(first + j);
    }
    nodes.push_back({{"name", skeleton.names[j]}, {"translation", from_parent}});
    joints.push_back(first + j);
    bind.push_back({1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, static_cast<float>(-metres[0]),
                    static_cast<float>(-metres[1]), static_cast<float>(-metres[2]), 1});
  }
  nodes[0]["skin"] = 0;
  root["skins"] = {
      {{"inverseBindMatrices", chunk.add_floats(bind, "MAT4", 0)}, {"joints", std::move(joints)}}};
}

}  // namespace fgcn::mesh::gltf
