#include "mesh/face/makehuman/head_joints.h"

#include <algorithm>
#include <array>
#include <map>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "mesh/face/makehuman/cut.h"

namespace fgcn::mesh::makehuman {
namespace {

struct Joint {
  const char* name;
  const char* bone;
  std::int32_t parent;
};
constexpr std::array<Joint, 5> kJoints{{{"neck", "neck01", -1},
                                        {"head", "head", 0},
                                        {"jaw", "jaw", 1},
                                        {"left_eye", "eye.L", 1},
                                        {"right_eye", "eye.R", 1}}};
using Weights = std::array<double, kJoints.size()>;

/// The joint that a bone is, or hangs from.
std::size_t joint_of(const std::string& bone, const std::map<std::string, const Bone*>& bones) {
  std::string at = bone;
  // A chain as long as the rig has bones is a ring.
  for (std::size_t steps = 0; steps <= bones.size(); ++steps) {
    for (std::size_t j = 0; j < kJoints.size(); ++j)
      if (at == kJoints[j].bone) return j;
    const auto found = bones.find(at);
    if (found == bones.end() || found->second->parent.empty()) break;
    at = found->second->parent;
  }
  return kNeckJoint;
}

/// What a part follows whatever the rig says; -1 for the rig's own weights.
int fixed_joint(std::uint8_t part) {
  switch (part) {
    case kLeftEye:
      return kLeftEyeJoint;
    case kRightEye:
      return kRightEyeJoint;
    case kUpperTeeth:
      return kHeadJoint;
    case kLowerTeeth:
    case kTongue:
      return kJawJoint;
    default:
      return -1;
  }
}

/// Adds a vertex's joints, heaviest first.
void append(const Weights& weights, FaceJoints& out) {
  std::array<std::uint8_t, kJoints.size()> order{};
  for (std::size_t j = 0; j < order.size(); ++j) order[j] = static_cast<std::uint8_t>(j);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint8_t a, std::uint8_t b) { return weights[a] > weights[b]; });
  double sum = 0;
  for (std::size_t k = 0; k < FaceJoints::kInfluences; ++k) sum += weights[order[k]];
  for (std::size_t k = 0; k < FaceJoints::kInfluences; ++k) {
    const double w = weights[order[k]] / sum;
    out.joints.push_back(w > 0 ? order[k] : order[0]);
    out.weights.push_back(static_cast<float>(w));
  }
}

}  // namespace

FaceJoints head_joints(const Wheel& wheel, const std::vector<Vec3>& base, const HeadMesh& head) {
  const std::vector<Bone> bones = wheel.bones();
  std::map<std::string, const Bone*> by_name;
  for (const Bone& bone : bones) by_name[bone.name] = &bone;
  FaceJoints out;
  for (const Joint& joint : kJoints) {
    const auto found = by_name.find(joint.bone);
    if (found == by_name.end() || found->second->at.empty())
      input_error(wheel.where(), ": its rig does not say where the bone ", joint.bone,
                  " is; fetch the wheel again");
    Vec3 sum{};
    for (const std::int32_t v : found->second->at) sum = sum + base[static_cast<std::size_t>(v)];
    for (const double x : sum)
      out.positions.push_back(
          static_cast<float>(x / static_cast<double>(found->second->at.size())));
    out.names.emplace_back(joint.name);
    out.parents.push_back(joint.parent);
  }
  std::vector<Weights> of_base(base.size(), Weights{});
  for (const Bone& bone : bones) {
    const std::size_t joint = joint_of(bone.name, by_name);
    for (const auto& [v, w] : bone.weights) of_base[static_cast<std::size_t>(v)][joint] += w;
  }
  for (std::size_t v = 0; v < head.blend.size(); ++v) {
    Weights sum{};
    const int fixed = fixed_joint(head.parts.part[v]);
    if (fixed >= 0) {
      sum[static_cast<std::size_t>(fixed)] = 1;
    } else {
      for (const auto& [row, weight] : head.blend[v])
        for (std::size_t j = 0; j < sum.size(); ++j)
          sum[j] += weight * of_base[static_cast<std::size_t>(row)][j];
      sum[kHeadJoint] += sum[kLeftEyeJoint] + sum[kRightEyeJoint];
      sum[kLeftEyeJoint] = sum[kRightEyeJoint] = 0;
      if (!(sum[kNeckJoint] + sum[kHeadJoint] + sum[kJawJoint] > 0)) sum[kHeadJoint] = 1;
    }
    append(sum, out);
  }
  return out;
}

}  // namespace fgcn::mesh::makehuman
