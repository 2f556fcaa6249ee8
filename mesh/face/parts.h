// A head's separate pieces, and their colors by name.
#pragma once

#include <cstdint>
#include <vector>

#include "mesh/face/face_model.h"

namespace fgcn::mesh {

/// [V] the least vertex that triangles connect it with.
std::vector<std::int32_t> pieces(std::size_t vertices, const std::vector<Triangle>& triangles);

/// Colors, albedo modes and skin from the embedded face, with plain skin beyond it. Parts with eye,
/// teeth, gum, tongue, lash, mouth or sock in their names have plain colors; skin is the part with
/// the tip of the nose. The model has mean shape, triangles, landmarks and parts (or none).
void paint_parts(FaceModel& model);

}  // namespace fgcn::mesh
