// UsdSkel: joints and blend shapes of a scene that is being written as text.
#pragma once

#include <string>
#include <vector>

#include "io/mesh/rigged_mesh.h"

namespace fgcn::mesh::usd {

/// The skeleton, the pose and the blend shapes of a mesh, as texts of the prims that hold them.
///
///   root  the path of the scene's SkelRoot, "/face"
///
/// A scene moves blend shapes through a skeleton alone: where the mesh has targets and no joints,
/// the skeleton is one joint, "root", that all vertices follow.
class Rig {
 public:
  /// Prims beside the meshes, below the root: no mesh may have these names.
  static constexpr const char* kSkeleton = "Skeleton";
  static constexpr const char* kPose = "Pose";

  /// Keeps a reference to the mesh.
  Rig(const RiggedMesh& mesh, std::string root);

  /// Without targets and joints there is nothing to write; the texts are not to be asked for.
  bool empty() const { return joints_.names.empty(); }
  /// The attribute of the SkelRoot: a box around the mesh at rest and as it is shown.
  std::string extent() const;
  /// Skeleton and SkelAnimation: joints with their places, every target's name and weight.
  std::string skeleton() const;
  /// What a mesh of those vertices says of joints and blend shapes, with the BlendShape prims of
  /// the targets that move one of them.
  ///
  ///   path  of the mesh's prim
  std::string binding(const std::string& path, const PartOfMesh& part) const;

 private:
  struct Row;
  std::vector<Row> rows_of(const MorphTarget& target, const std::vector<std::int32_t>& place) const;

  const RiggedMesh& mesh_;
  std::string root_;
  Skeleton joints_;
  std::vector<std::string> paths_;   // [J] "neck/head"
  std::vector<std::string> shapes_;  // [targets] names of prims
};

}  // namespace fgcn::mesh::usd
