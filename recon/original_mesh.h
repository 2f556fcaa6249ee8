// A face as Deep3DFaceReconstruction's programs write it.
#pragma once

#include <string>

#include "mesh/face/face_model.h"
#include "recon/fit/fit_result.h"

namespace fgcn::recon {

/// The OBJ of its torch edition: vertices turned and shifted, in decimetres, z towards the camera
/// from the middle of the model; behind each the color that it has in the light, clipped to [0, 1];
/// triangles of the face model.
///
/// As theirs, normals are sums of the triangles' of length one, and the albedo is not clipped
/// before it is lit.
///
/// Errors   fgcn::Error when the fit's arrays are not the model's.
/// Source   Deng et al., CVPRW 2019.
std::string original_obj(const mesh::FaceModel& model, const FitResult& fit);

}  // namespace fgcn::recon
