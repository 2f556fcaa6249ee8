// Things around and in front of a synthetic face: hair, neck, glasses, hands, microphones.
#pragma once

#include <array>
#include <vector>

#include "io/image.h"
#include "kernels/core/rng.h"

namespace fgcn::train {

/// A place in the picture, pixels.
using Pixel = std::array<double, 2>;

/// Draws what surrounds a face into the picture [S, S, 3] before the face itself: hair of a random
/// cut and color, ears, neck and clothes. `skin` is the color of the lit face's mean.
void add_head(Image& picture, const std::vector<Pixel>& landmarks,
              const std::array<double, 3>& skin, Rng rng);

/// How much of each pixel is hidden, and which part of it a skin mask would notice.
struct Occlusion {
  Image hidden;   // [S, S, 1] in [0, 1]
  Image noticed;  // [S, S, 1] in [0, 1], at most `hidden`
};

/// Draws a random choice of occluders over the picture [S, S, 3].
///
///   landmarks  [68]  where the face's landmarks are in the picture
Occlusion add_occluders(Image& picture, const std::vector<Pixel>& landmarks, Rng rng);

}  // namespace fgcn::train
