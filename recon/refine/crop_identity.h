// The embedding of the face that a photo sample shows, by fixed networks.
#pragma once

#include <span>
#include <vector>

#include "io/image.h"
#include "layers/identity_network.h"
#include "recon/refine/photo_networks.h"
#include "recon/refine/photo_sample.h"
#include "render/face_chip.h"

namespace fgcn::recon {

/// The part of the sample's crop that the identity network looks at: of dlib's network dlib's
/// window, of FaceNet the whole crop, as TensorFlow 1 resizes it (ResizeGrid::kOrigin).
/// Errors   InputError when the landmarks form no face.
ChipMap identity_window(const IdentityNetwork& network, const PhotoSample& sample);

/// The embedding of the sample's crop for the decoder, not scaled; waits for the device.
///   pooled_crop  [S, S, 4] what kPooled looks at in its place; or null
/// Errors   InputError when the landmarks form no face.
std::vector<float> crop_embedding(const Context& ctx, const PhotoNetworks& networks,
                                  EmbeddingForm form, const PhotoSample& sample,
                                  const Image* pooled_crop = nullptr);

/// The colors of a crop [S, S, 4], from [0, 1] to [-1, 1], without its mask.
///   out  [S * S * 3]
void put_signed_colors(const Image& crop, std::span<real> out);

}  // namespace fgcn::recon
