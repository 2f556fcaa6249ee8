// The identity of the face that a photo sample shows.
#pragma once

#include <span>
#include <vector>

#include "io/image.h"
#include "layers/identity_network.h"
#include "recon/refine/photo_sample.h"
#include "render/face_chip.h"

namespace fgcn::recon {

/// The part of the sample's crop that the identity network looks at.
/// Errors   InputError when the landmarks form no face.
ChipMap identity_window(const IdentityNetwork& network, const PhotoSample& sample);

/// The identity network's embedding of the sample's crop; waits for the device.
/// Errors   InputError when the landmarks form no face.
std::vector<float> crop_identity(const Context& ctx, const IdentityNetwork& network,
                                 const PhotoSample& sample);

/// The colors of a crop [S, S, 4], from [0, 1] to [-1, 1], without its mask.
///   out  [S * S * 3]
void put_signed_colors(const Image& crop, std::span<real> out);

}  // namespace fgcn::recon
