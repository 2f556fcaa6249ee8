// What a camera and a file format do to a picture. In place; values stay sRGB-encoded, [0, 1].
#pragma once

#include "io/image.h"
#include "kernels/core/rng.h"

namespace fgcn::train {

/// Separable Gaussian of `sigma` pixels, borders replicated. Nothing for sigma below 0.2.
void blur(Image& image, double sigma);
/// Adds `amount` times the difference to a blurred copy: what cameras do to edges.
void sharpen(Image& image, double amount);
/// Noise of a sensor: standard deviation `amount` at mid grey, less in the dark; per pixel and
/// channel, with a coarser part that neighbours share.
void sensor_noise(Image& image, double amount, Rng& rng);
/// Rounds the 8 x 8 discrete cosine transform of brightness and color difference as JPEG does at
/// a quality of 1..100. Height and width in multiples of 8.
void block_compression(Image& image, double quality);
/// A random choice of the above in the order of a camera, and a mild tone curve.
void camera_effects(Image& image, Rng rng);

}  // namespace fgcn::train
