// The face cut out of a whole head.
#pragma once

#include <array>

#include "mesh/face/face_model.h"
#include "recon/face_surface.h"

namespace fgcn::recon {

/// The regions of a whole head that a face alone has not.
inline constexpr std::array<const char*, 3> kBeyondFace{"scalp", "ears", "neck"};

/// Leaves of the surface of a whole head what is no scalp, ear or neck. The rim is a level line of
/// the regions' smoothed border on the model's mean shape: the same for every person, and smooth
/// where the border follows the triangles' edges.
///
/// Errors   fgcn::Error when the model lacks one of the regions (check_part).
void cut_to_face(const mesh::FaceModel& model, FaceSurface& surface);

}  // namespace fgcn::recon
