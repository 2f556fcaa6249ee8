// The pictures of one reconstruction, for people.
#pragma once

#include <string>

#include "io/image.h"
#include "mesh/face/face_model.h"
#include "recon/reconstruct.h"

namespace fgcn::recon {

/// NAME_compare.png: photo, coarse and refined face, shape, albedo, turned views; of a model with
/// units of ARKit also profiles, three expressions and the baked texture.
///
///   texture  [S, S, 3] as it is baked
Image8 result_sheet(const mesh::FaceModel& model, const std::string& name,
                    const Reconstruction& result, const Image& texture);

}  // namespace fgcn::recon
