// The wheel's texture charts, laid out anew with the face upright.
#pragma once

#include <vector>

#include "mesh/face/makehuman/cut.h"

namespace fgcn::mesh::makehuman {

/// New texture coordinates for the rows of `cut`, within [0, 1]. The chart of the most faces, the
/// head's, is turned by a quarter so that the face is upright, and takes the upper part at full
/// width. The other charts keep their direction and stand in rows below, eyes and mouth enlarged.
/// A row that no face uses is (0, 0).
///
///   base  [base vertices] positions of the mean person, dm
std::vector<Vec2> upright_layout(const CutMesh& cut, const std::vector<Vec3>& base);

}  // namespace fgcn::mesh::makehuman
