// The nose as a distance field that melts into the face.
#pragma once

#include "io/mesh/triangle_mesh.h"

namespace fgcn::mesh::embedded {

/// Signed distance (mm, about 1-Lipschitz) to bridge, tip, columella and wings together, and
/// `nostrils`, the distance to the two hollows to be cut out.
struct NoseDistance {
  double nose;
  double nostrils;
};
NoseDistance nose_distance(const Vec3& p);

}  // namespace fgcn::mesh::embedded
