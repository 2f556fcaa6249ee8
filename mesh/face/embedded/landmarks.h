// The 68 points of the iBUG scheme on the embedded face.
#pragma once

#include <cstdint>
#include <vector>

#include "mesh/face/embedded/fields.h"

namespace fgcn::mesh::embedded {

/// The vertex of each point. Points 0 to 16 lie where the face's outline appears from the front.
/// Source: Sagonas et al., 300 Faces in-the-Wild, 2013.
std::vector<std::int32_t> landmark_vertices(const std::vector<Site>& sites);

}  // namespace fgcn::mesh::embedded
