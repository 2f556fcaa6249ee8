// The faces of a head, part by part, out of the base mesh.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mesh/face/makehuman/wheel.h"
#include "mesh/subdivide.h"

namespace fgcn::mesh::makehuman {

/// Faces of the base mesh with vertices of their own numbering: `blend` says where each comes from.
struct CutMesh {
  Polygons mesh;
  std::vector<Blend> blend;          // [vertices] of the base mesh's vertices
  std::vector<Vec2> uv;              // [uvs]
  std::vector<std::int32_t> mirror;  // [vertices]
  std::vector<std::uint8_t> part;    // [faces] place in kParts
  std::vector<std::int32_t> chart;   // [faces] connected piece of the texture, from 0
};

struct PartGroup {
  const char* name;    // in the model
  const char* groups;  // in the wheel, with spaces between
};
inline constexpr PartGroup kParts[] = {
    {"skin", "body"},
    {"left_eye", "helper-l-eye"},
    {"right_eye", "helper-r-eye"},
    {"upper_teeth", "helper-upper-teeth"},
    {"lower_teeth", "helper-lower-teeth"},
    {"tongue", "helper-tongue"},
    {"lashes",
     "helper-l-eyelashes-1 helper-l-eyelashes-2 helper-r-eyelashes-1 helper-r-eyelashes-2"},
};
constexpr std::uint8_t kSkin = 0, kLeftEye = 1, kRightEye = 2, kUpperTeeth = 3, kLowerTeeth = 4,
                       kTongue = 5, kLashes = 6;

/// The level plane that cuts the neck lies this far below the chin, dm in the wheel's figure.
constexpr double kNeckLength = 0.33;

/// All parts; the skin above the plane y = `neck` alone. A face that the plane crosses keeps what
/// is above. A vertex close above the plane moves down an edge into it, so that no sliver is left;
/// the others' edges get new vertices. The rim is level.
///
/// Errors   InputError naming the wheel when a part has no faces or is not symmetric.
CutMesh cut_parts(const Wheel& wheel, const std::vector<Vec3>& base, double neck);

}  // namespace fgcn::mesh::makehuman
