// Whose face it is: embeddings of photographs and renders, and how near they are to each other.
#pragma once

#include <span>
#include <vector>

#include "io/image.h"
#include "layers/identity_network.h"
#include "photo/face_chip.h"
#include "render/face_chip.h"

namespace fgcn::recon {

/// How near two embeddings are.
struct IdentitySimilarity {
  double distance = 0;  // Euclidean; below 0.6 the network takes the two for one person
  double cosine = 0;    // of the angle between them, -1 to 1; 1 for the same direction
};

/// Errors   fgcn::Error when the sizes differ, are 0, or an embedding is all zeros or not finite.
IdentitySimilarity identity_similarity(std::span<const real> a, std::span<const real> b);

/// The embedding of the face with these landmarks, in pixels of the photo `rgb` [H, W, 3]. FaceNet
/// looks at the whole of `rgb`, which is an aligned crop [S, S, 3].
/// Errors   InputError when the landmarks form no face.
std::vector<real> identity_embedding(const Context& ctx, const IdentityNetwork& network,
                                     const Image8& rgb, const photo::Landmarks& landmarks);

/// A photo's window as render/face_chip.h takes it.
ChipMap chip_map(const photo::View& view);

/// The whole of a crop of `from` pixels a side as a window of `to`, which FaceNet takes: pixel i
/// lies at i from / to, as TensorFlow 1 resizes (ResizeGrid::kOrigin).
ChipMap whole_crop(std::int64_t from, std::int64_t to);

/// Mean over the batch of 1 - cosine of the angle between embeddings [N, E] -> [1].
/// Order: any. Source: Deng et al., CVPRW 2019, equation 4.
Var identity_loss(const Var& a, const Var& b);

}  // namespace fgcn::recon
