// The five points by which a photo is aligned to a face model.
#pragma once

#include "mesh/face/face_model.h"
#include "photo/align.h"

namespace fgcn::recon {

/// Those of the mean face, in decimeters.
photo::FivePoints<photo::Point3> reference_points(const mesh::FaceModel& model);

}  // namespace fgcn::recon
